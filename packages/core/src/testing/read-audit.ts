import { jsonLines, type JsonLinesOptions } from '../audit/sinks/json-lines.js';
import type { AuditSink } from '../contracts/audit-event.js';
import { Faults } from '../errors/faults.js';
import { checkAuditOption, type AuditOptions } from '../guard/audit-options.js';
import { isObject, pick } from './members.js';

const ofFile = ['maxBytes', 'maxFiles'];
const ofAudit = ['required', 'unverifiedSubjects'];

/**
 * Reads `audit`: a file of events, chained or not, and how much depends on it.
 * @param store gets every event too
 */
export function readAudit(json: unknown, store: AuditSink | undefined, faults: Faults): AuditOptions | undefined {
  if (json === undefined) return store && { sinks: store };
  return faults.within('audit', () => {
    const found = new Faults();
    const members = isObject(json) ? json : {};
    found.addUnknown(members, ['file', 'chain', 'signingKey', ...ofFile, ...ofAudit]);
    const { file, chain = false, signingKey } = members;
    if (typeof file !== 'string' || file === '') found.add('file', 'invalid-option', 'must be the path of a file');
    if (typeof chain !== 'boolean') found.add('chain', 'invalid-option', 'must be true or false');
    if (signingKey !== undefined && chain !== true)
      found.add('signingKey', 'chain-required', 'signs a chain: write chain: true, or leave it out');
    found.throwIfAny();
    const options = {
      chain: signingKey === undefined ? chain : { signingKeyFile: signingKey },
      ...pick(members, ofFile),
    } as JsonLinesOptions;
    const lines = jsonLines(file as string, options);
    const audit = { sinks: store === undefined ? lines : [lines, store], ...pick(members, ofAudit) } as AuditOptions;
    const own = new Faults();
    own.within('', () => checkAuditOption(audit));
    for (const { path, reason, message } of own.found) found.add(path.replace(/^audit\./, ''), reason, message);
    found.throwIfAny();
    return audit;
  });
}
