/** @import { BoardView, CellView } from '../web/view.js' */
import { byId, el } from './dom.js';

/** How many answers are as expected. */
export function createScore() {
  const place = byId('score', HTMLElement);
  let text = '';
  return {
    text: () => text,
    /**
     * @param {BoardView} board
     * @param {ReadonlyMap<string, CellView>} cells
     */
    show({ groups, frameworks }, cells) {
      const total = groups.reduce((sum, { requests }) => sum + requests.length, 0) * frameworks.length;
      const good = [...cells.values()].filter(({ faults }) => faults.length === 0).length;
      text = `${good} of ${total} answers as expected`;
      place.className = good === total ? 'pass' : cells.size === total ? 'fail' : '';
      place.replaceChildren(el('strong', {}, `${good} of ${total}`), ' ', el('span', {}, 'answers as expected'));
    },
  };
}
