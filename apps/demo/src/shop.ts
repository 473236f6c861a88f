/** What the handlers do once they run. */
export interface Shop {
  readonly ordersOf: (subject: string) => object;
  readonly payoutsFor: (subject: string) => object;
  readonly addOrder: (subject: string) => object;
  readonly greet: (subject: string | undefined) => object;
  readonly health: () => object;
  readonly exportEverything: () => object;
}

/** @param onCall told whenever a handler asks for anything: only so can the demo tell that a handler ran. */
export function createShop(onCall: () => void): Shop {
  const answer = (content: object): object => {
    onCall();
    return content;
  };
  return {
    ordersOf: (subject) => answer({ for: subject, orders: ['tea', 'paper'] }),
    payoutsFor: (subject) => answer({ for: subject, payouts: [120, 80] }),
    addOrder: (subject) => answer({ for: subject, added: 'ink' }),
    greet: (subject) => answer({ hello: subject ?? 'stranger' }),
    health: () => answer({ status: 'ok' }),
    exportEverything: () => answer({ orders: ['tea', 'paper'], customers: ['ada', 'bob'] }),
  };
}
