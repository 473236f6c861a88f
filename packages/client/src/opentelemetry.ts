export { createTelemetry, type Telemetry, type TelemetryApi } from './telemetry/create-telemetry.js';
