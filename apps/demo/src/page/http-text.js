/** @import { CellView, Line } from '../web/view.js' */
import { el } from './dom.js';

/**
 * The request as it was sent, line for line.
 * @param {CellView} cell
 * @param {string | null} look the field that tells
 */
export function drawRequest({ requestLine, requestHeaders, requestBody, secrets }, look) {
  const lines = requestHeaders.map((line) => drawLine(line, secrets, look));
  const body = requestBody === undefined ? [] : ['\n', requestBody];
  return [...markSecrets(requestLine, secrets, look), '\n', ...lines.flatMap((line) => [line, '\n']), ...body];
}

/**
 * The answer as it came.
 * @param {CellView} cell
 * @param {string | null} look the field that tells
 */
export function drawAnswer({ statusLine, answerHeaders, body, outcome }, look) {
  if (statusLine === null) return [outcome];
  const lines = answerHeaders.map((line) => drawLine(line, [], look));
  return [el('b', {}, statusLine), '\n', ...lines.flatMap((line) => [line, '\n']), '\n', body];
}

/**
 * Text of which the line of one JSON member is marked.
 * @param {string} text
 * @param {string | null} look
 * @returns {(Node | string)[]}
 */
export function drawJson(text, look) {
  return text.split('\n').flatMap((line) => {
    const member = line.trimStart();
    const tells = look !== null && member.startsWith(`${JSON.stringify(look)}:`);
    if (!tells) return [line, '\n'];
    return [' '.repeat(line.length - member.length), el('mark', { class: 'tell' }, member), '\n'];
  });
}

/**
 * @param {Line} line
 * @param {readonly string[]} secrets
 * @param {string | null} look
 */
function drawLine([name, value], secrets, look) {
  const tells = name.toLowerCase() === look?.toLowerCase();
  const label = el(tells ? 'mark' : 'span', { class: tells ? 'tell' : 'field' }, `${name}:`);
  return el('span', {}, label, ' ', ...markSecrets(value, secrets, null));
}

/**
 * @param {string} text
 * @param {readonly string[]} secrets
 * @param {string | null} look
 * @returns {(Node | string)[]}
 */
function markSecrets(text, secrets, look) {
  const secret = secrets.find((other) => text.includes(other));
  if (secret === undefined) return [text];
  const at = text.indexOf(secret);
  const before = text.slice(0, at);
  const tells = look !== null && before.endsWith(`${look}=`);
  return [
    ...(tells ? [before.slice(0, -look.length - 1), el('mark', { class: 'tell' }, `${look}=`)] : [before]),
    el('mark', { class: 'secret', title: 'a credential, made for this run alone' }, secret),
    text.slice(at + secret.length),
  ];
}
