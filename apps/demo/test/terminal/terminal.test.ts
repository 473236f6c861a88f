import { describe, expect, it } from 'vitest';

import { parseArguments } from '../../src/arguments.js';
import { formatCurl } from '../../src/terminal/curl.js';
import { createPaint, wantsColors } from '../../src/terminal/paint.js';
import { formatRequirement } from '../../src/terminal/routes.js';

describe('what is typed and shown', () => {
  it('knows --once and --port, and nothing else', () => {
    expect(parseArguments([])).toEqual({ once: false, port: 0 });
    expect(parseArguments(['--once'])).toEqual({ once: true, port: 0 });
    expect(parseArguments(['--port', '8080'])).toEqual({ once: false, port: 8080 });
    for (const wrong of [
      ['--once', 'x'],
      ['--help'],
      ['--port'],
      ['--port', '65536'],
      ['--port', '-1'],
      ['--port', '0x50'],
    ])
      expect(parseArguments(wrong)).toBeUndefined();
  });

  it('quotes for the shell, and leaves out what curl writes by itself', () => {
    const requestHeaders = [
      ['Host', 'h'],
      ['X', "it's"],
      ['Connection', 'close'],
    ] as const;
    expect(formatCurl('http://h', { requestLine: 'POST /a?b=1 HTTP/1.1', requestHeaders })).toBe(
      `curl -i -X POST -H 'X: it'\\''s' 'http://h/a?b=1'`,
    );
  });

  it('says in words what a route asks', () => {
    const anyOf = [
      { scheme: 'access', scopes: ['a', 'b'] },
      { scheme: 'passwords', roles: ['clerk'] },
    ];
    expect(formatRequirement({ anyOf })).toBe('access with a b or passwords as clerk');
    expect(formatRequirement({ optional: { scheme: 'access' } })).toBe('optional access');
    expect(formatRequirement(null)).toBe('nothing declared: refuses everybody');
  });

  it('colours only a terminal, and only where colours are welcome', () => {
    expect(createPaint(true).good('x')).toBe('\u001b[32mx\u001b[39m');
    expect(createPaint(false).good('x')).toBe('x');
    expect(wantsColors({ isTTY: true }, {})).toBe(true);
    expect(wantsColors({}, {})).toBe(false);
    expect(wantsColors({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColors({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  });
});
