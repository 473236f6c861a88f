export { githubActionsToken, type GithubActionsOptions } from './workload/github-actions.js';
export { kubernetesToken, spiffeToken, spiffeAssertionType } from './workload/platforms.js';
export { tokenFile } from './workload/token-file.js';
