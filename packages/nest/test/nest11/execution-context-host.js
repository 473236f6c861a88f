export { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
