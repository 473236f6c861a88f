import { createPublicKey } from 'node:crypto';

import { expressAuth } from '@auth/express';
import express, { type RequestHandler } from 'express';
import { expressjwt } from 'express-jwt';

import { audience, issuer } from '../tokens.js';
import { createBenchAuth, listen, orders, path, requirementOf, type Serving, type StartServer } from './setup.js';

export const startExpress: StartServer = async (serving) => {
  const app = express();
  const answer: RequestHandler = (_req, res) => {
    serving.work();
    res.json(orders);
  };
  if (serving.guarding === 'api key' || serving.guarding === 'jwt') {
    const { protect, denyByDefault } = expressAuth(createBenchAuth(serving));
    app.get(path, protect(requirementOf(serving)), answer);
    denyByDefault(app);
  } else app.get(path, ...rivalOf(serving), answer);
  return listen(app);
};

function rivalOf({ guarding, pem }: Serving): readonly RequestHandler[] {
  if (guarding !== 'rival') return [];
  const secret = createPublicKey(pem);
  return [expressjwt({ secret, algorithms: ['RS256'], issuer, audience }) as RequestHandler];
}
