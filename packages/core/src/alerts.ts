export { createAlerts, type AlertOptions } from './alerts/create-alerts.js';
export type { Place } from './alerts/alert.js';
export type { AlertContext, AlertDetector, AlertReason, SecurityAlert } from './contracts/alerts.js';
