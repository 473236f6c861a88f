/** @import { CellView, RequestView } from '../web/view.js' */
import { el, formatMs } from './dom.js';
import { drawAnswer, drawJson, drawRequest } from './http-text.js';
import { readCredential } from './token.js';

/**
 * Shows one answer: what it tries, why it came to what it did, and all that went over the wire.
 * @param {HTMLElement} place
 * @param {RequestView} request
 * @param {CellView} cell
 * @param {() => void} onAgain
 */
export function drawDetail(place, request, cell, onAgain) {
  const { look } = request;
  const again = el('button', { type: 'button', id: 'again', class: 'primary' }, 'Send again');
  again.addEventListener('click', onAgain);
  place.replaceChildren(
    drawTitle(request, cell, again),
    ...drawFaults(cell),
    drawStory(request, cell),
    drawCode('Request', drawRequest(cell, look), 'Highlighted: the credential. It was made for this run alone.'),
    ...cell.secrets.flatMap((secret) => {
      const read = readCredential(secret);
      return read ? [drawCode(read.title, drawJson(read.text, look))] : [];
    }),
    drawCode('Answer', drawAnswer(cell, look)),
    ...cell.events.map((event) => drawCode('Audit event', drawJson(JSON.stringify(event, null, 2), 'reason'))),
    ...cell.explanations.map((text) => drawCode('What the operator’s log says', [text])),
    drawCode('By hand', [cell.curl]),
  );
}

/**
 * @param {RequestView} request
 * @param {CellView} cell
 * @param {HTMLButtonElement} again
 */
function drawTitle({ name, good }, { framework, outcome, ms, faults }, again) {
  const verdict = faults.length > 0 ? 'not as expected' : good ? 'let in' : 'refused';
  const kind = faults.length > 0 ? 'fail' : good ? 'good' : 'hostile';
  return el(
    'header',
    {},
    el('p', { class: 'eyebrow' }, el('span', { class: `pill ${kind}` }, verdict), ` by ${framework}`),
    el('h2', { id: 'detail-title' }, name),
    el('p', { class: 'facts' }, el('code', {}, outcome), el('span', {}, formatMs(ms)), again),
  );
}

/** @param {CellView} cell */
function drawFaults({ faults }) {
  if (faults.length === 0) return [];
  return [el('ul', { class: 'faults' }, ...faults.map((fault) => el('li', {}, fault)))];
}

/**
 * @param {RequestView} request
 * @param {CellView} cell
 */
function drawStory({ good, what, why, see, requirement }, { reason, outcome }) {
  const code = outcome.split(' ')[1];
  const told = code === reason ? undefined : code;
  const links = see.map(({ title, url }) =>
    el('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, title),
  );
  return el(
    'dl',
    { class: 'story' },
    el('dt', {}, good ? 'What is sent' : 'What it tries'),
    el('dd', {}, what, ...links.flatMap((link) => [' ', link])),
    el('dt', {}, good ? 'Why it is let in' : 'Why it is refused'),
    el('dd', { class: 'why' }, why),
    el('dt', {}, 'Reason in the audit event'),
    el('dd', {}, el('code', {}, reason), ...(told ? ['; the caller is told no more than ', el('code', {}, told)] : [])),
    el('dt', {}, 'What the route asks'),
    el('dd', {}, requirement),
  );
}

/**
 * @param {string} title
 * @param {readonly (Node | string)[]} content
 * @param {string} [note]
 */
function drawCode(title, content, note) {
  const code = el('pre', { tabindex: 0, 'aria-label': title }, ...content);
  return el('section', {}, el('h3', {}, title), ...(note ? [el('p', { class: 'note' }, note)] : []), code);
}
