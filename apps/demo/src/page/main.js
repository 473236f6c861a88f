/** @import { BoardView, CellView } from '../web/view.js' */
import { fetchBoard, listenLive, sendAgain, sendAllAgain } from './api.js';
import { drawDetail } from './detail.js';
import { announce, byId, formatMs } from './dom.js';
import { drawMatrix } from './matrix.js';
import { createKeys } from './keys.js';
import { createPanel } from './panel.js';
import { createScore } from './score.js';
import { createStream } from './stream.js';

const stream = createStream();
const score = createScore();
const keys = createKeys();
const panel = createPanel();
const detail = byId('detail', HTMLElement);
const all = byId('send-all', HTMLButtonElement);
const rotate = byId('rotate', HTMLButtonElement);

/** @type {Map<string, CellView>} the latest, by request and framework */
const cells = new Map();
/** @type {{ board: BoardView, matrix: ReturnType<typeof drawMatrix> } | undefined} */
let shown;
// The first thing to look at: an attack that everybody has heard of.
let picked = { request: 'alg-none-without-a-signature', framework: 'express' };

/** @param {CellView} cell */
function take(cell) {
  cells.set(`${cell.framework} ${cell.request}`, cell);
  if (shown === undefined) return;
  shown.matrix.update(cell);
  score.show(shown.board, cells);
  if (cell.request === picked.request && cell.framework === picked.framework) showPicked();
}

function showPicked() {
  const request = shown?.board.groups.flatMap(({ requests }) => requests).find(({ id }) => id === picked.request);
  const cell = cells.get(`${picked.framework} ${picked.request}`);
  shown?.matrix.select(picked.request, picked.framework);
  if (request === undefined || cell === undefined) return;
  const focused = document.activeElement?.id === 'again';
  drawDetail(detail, request, cell, () => void again(cell));
  if (focused) document.getElementById('again')?.focus();
}

/** @param {CellView} cell */
async function again({ request, framework }) {
  try {
    const { outcome, ms } = await sendAgain(request, framework);
    announce(`Sent again. ${framework} answered ${outcome} in ${formatMs(ms)}.`);
  } catch (error) {
    announce(`Not sent. ${String(error)}`);
  }
}

async function load() {
  const board = await fetchBoard();
  // What came in the meantime is newer.
  const newer = [...cells.values()];
  shown ??= { board, matrix: drawMatrix(byId('matrix', HTMLElement), board, pick) };
  for (const cell of [...board.cells, ...newer]) take(cell);
  showPicked();
  await keys.load();
  for (const button of [all, rotate]) button.disabled = false;
}

/**
 * @param {string} request
 * @param {string} framework
 * @param {boolean} byArrow
 */
function pick(request, framework, byArrow) {
  // The sheet would cover the table at each step.
  if (byArrow && panel.isSheet()) return;
  picked = { request, framework };
  showPicked();
  panel.open();
  const cell = cells.get(`${framework} ${request}`);
  if (cell !== undefined) announce(`Details of ${framework}, ${cell.outcome}, are shown.`);
}

async function againAll(rotates = false) {
  for (const button of [all, rotate]) button.disabled = true;
  all.textContent = 'Sending …';
  try {
    const told = rotates ? await keys.rotate() : '';
    await sendAllAgain();
    announce(`${told} ${score.text()}`.trim());
  } catch (error) {
    announce(`Not sent. ${String(error)}`);
  }
  for (const button of [all, rotate]) button.disabled = false;
  all.textContent = 'Send all again';
}

all.addEventListener('click', () => void againAll());
rotate.addEventListener('click', () => void againAll(true));
listenLive({
  onOpen() {
    stream.setConnected(true);
    cells.clear();
    void load();
  },
  onBreak: () => stream.setConnected(false),
  onCell: take,
  onAudit: (audit) => stream.add(audit),
});
