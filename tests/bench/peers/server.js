// The same operation as most would build it: Node.js, Fastify, better-sqlite3, on the normalised schema that
// `storage_limit seed` makes.
//
//   node server.js DATABASE plain|batched WAL_AUTOCHECKPOINT LOG_FILE TOKEN
//
// plain: a transaction per request, in the handler. batched: what waits when the event loop comes round is committed in
// one transaction, each request in a savepoint of its own, and answered after the commit. Both keep `synchronous=FULL`.

import { createHash } from "node:crypto";
import Database from "better-sqlite3";
import Fastify from "fastify";
import pino from "pino";

const [file, mode, autocheckpoint, logFile, token] = process.argv.slice(2);

const db = new Database(file);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.pragma("foreign_keys = ON");
db.pragma("cache_size = -16384");
db.pragma(`wal_autocheckpoint = ${Number(autocheckpoint)}`);

const eventTypes = [
  "user.created", "user.deleted", "user.profile.updated", "user.identifier.created", "user.identifier.deleted",
  "user.session.created", "user.session.revoked",
];
const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const knownKeys = new Set([sha256(token)]);

const findApp = db.prepare("SELECT sessions_enabled FROM apps WHERE id = ?");
const findWebhook = db.prepare("SELECT number FROM webhooks WHERE id = ? AND app_id = ?").pluck();
const insertEvent = db.prepare("INSERT INTO webhook_events (webhook, event) VALUES (?, ?) ON CONFLICT DO NOTHING");
const touchWebhook = db.prepare("UPDATE webhooks SET updated_at = ? WHERE number = ?");
const readWebhook = db.prepare("SELECT * FROM webhooks WHERE number = ?");
const readEvents = db.prepare("SELECT event FROM webhook_events WHERE webhook = ? ORDER BY position").pluck();

const failure = (status, code, word, message) => ({ status, body: { code, status: word, message } });

function addWebhookEvent({ appID, webhookID, event }) {
  const app = findApp.get(appID);
  if (!app) return failure(404, "app_not_found", "not_found", "The application was not found.");
  if (!app.sessions_enabled) return failure(403, "session_disabled", "forbidden", "Sessions are disabled.");
  const number = findWebhook.get(webhookID, appID);
  if (number === undefined) return failure(404, "webhook_not_found", "not_found", "The webhook was not found.");
  if (insertEvent.run(number, event).changes > 0) touchWebhook.run(new Date().toISOString(), number);
  const row = readWebhook.get(number);
  return {
    status: 201,
    body: {
      webhook: {
        id: row.id, url: row.url, events: readEvents.all(number), active: row.active !== 0,
        last_http_code: row.last_http_code ?? 0,
        last_http_code_date: row.last_http_code_date ?? "1970-01-01T00:00:00.000Z",
        created_at: row.created_at, updated_at: row.updated_at,
      },
    },
  };
}

const inOneTransaction = db.transaction(addWebhookEvent);
const plain = async (request) => inOneTransaction.immediate(request);

// A transaction inside a transaction is a savepoint.
const commitBatch = db.transaction((batch) => {
  for (const waiting of batch) {
    try {
      waiting.answer = inOneTransaction(waiting.request);
    } catch (error) {
      waiting.error = error;
    }
  }
});

let queue = [];
function flush() {
  const batch = queue;
  queue = [];
  try {
    commitBatch.immediate(batch);
  } catch (error) {
    for (const waiting of batch) waiting.error = error;
  }
  for (const { resolve, reject, answer, error } of batch) error ? reject(error) : resolve(answer);
}
const batched = (request) =>
  new Promise((resolve, reject) => {
    if (queue.length === 0) setImmediate(flush);
    queue.push({ request, resolve, reject });
  });

const perform = mode === "batched" ? batched : plain;

// One line for each request, written in the background: what the daemon does, too.
const logger = pino({ level: "info" }, pino.destination({ dest: logFile, sync: false, minLength: 4096 }));
const app = Fastify({ loggerInstance: logger, disableRequestLogging: true });

app.addHook("onResponse", async (request, reply) => {
  request.log.info({ url: request.url, status: reply.statusCode, client: request.ip, duration_ms: reply.elapsedTime });
});

app.setErrorHandler((error, request, reply) => {
  if (error.validation) {
    reply.code(400).send({ code: "invalid_webhook_event", status: "bad_request", message: error.message });
  } else {
    request.log.error(error);
    reply.code(500).send({ code: "internal", status: "internal", message: "internal error" });
  }
});

app.addHook("onRequest", async (request, reply) => {
  const [scheme, key] = (request.headers.authorization ?? "").split(" ");
  if (scheme.toLowerCase() === "bearer" && key && knownKeys.has(sha256(key))) return;
  reply.code(401).send({ code: "invalid_api_token", status: "unauthorized", message: "The API token is unknown." });
  return reply;
});

const string = { type: "string" };
const webhook = {
  type: "object",
  properties: {
    id: string, url: string, events: { type: "array", items: string }, active: { type: "boolean" },
    last_http_code: { type: "integer" }, last_http_code_date: string, created_at: string, updated_at: string,
  },
};

app.post(
  "/v2/session/apps/:appID/webhooks/:webhookID/events",
  {
    schema: {
      body: { type: "object", required: ["event"], properties: { event: { type: "string", enum: eventTypes } } },
      response: { 201: { type: "object", properties: { webhook } } },
    },
  },
  async (request, reply) => {
    const { appID, webhookID } = request.params;
    const { status, body } = await perform({ appID, webhookID, event: request.body.event });
    return reply.code(status).send(body);
  },
);

const url = await app.listen({ port: 0, host: "127.0.0.1" });
console.log(`session-gateway listening on ${url}`);
process.on("SIGTERM", () => {
  app.close().then(() => db.close());
});
