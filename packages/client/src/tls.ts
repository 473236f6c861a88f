export type { ClientCertificate } from './tls/certificate.js';
export type { ProxyOptions, TlsAgentOptions, TlsEvent } from './tls/options.js';
export { createTlsAgent, type TlsAgent } from './tls/tls-agent.js';
