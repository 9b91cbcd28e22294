// A webhook's life through Connect-ES, whose messages protoc-gen-es has made of the schema that the daemon prints: in JSON and
// in the binary form, and reading with GET where that may be.

import assert from "node:assert/strict";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { app, token, unknownWebhook, url, wrongToken } from "./daemon.js";
import { ErrorDetailSchema, WebhooksService } from "./generated/prelude/session/v2/session_gateway_pb.js";

// Of the last answer; only one to a GET says what may be kept of it.
let caching: string | null = null;

function clientWith(key: string, useBinaryFormat: boolean) {
  const interceptor: Interceptor = (next) => async (request) => {
    request.header.set("Authorization", `Bearer ${key}`);
    const response = await next(request);
    caching = response.header.get("Cache-Control");
    return response;
  };
  return createClient(WebhooksService, createConnectTransport({
    baseUrl: url, httpVersion: "1.1", useBinaryFormat, useHttpGet: true, interceptors: [interceptor],
  }));
}

async function refusal(call: Promise<unknown>, code: Code, detail: { code: string; status: string }) {
  const error = ConnectError.from(await call.then(() => "no error", (reason: unknown) => reason));
  assert.equal(error.code, code, error.message);
  const [found] = error.findDetails(ErrorDetailSchema);
  assert(found, "the error has no detail");
  assert.deepEqual({ code: found.code, status: found.status }, detail);
}

for (const useBinaryFormat of [false, true]) {
  const client = clientWith(token, useBinaryFormat);
  const stranger = clientWith(wrongToken, useBinaryFormat);
  const created = await client.createWebhook({
    appId: app, url: "https://example.com/webhook", verificationToken: "check", events: [],
  });
  assert(created.webhook);
  const webhook = { appId: app, webhookId: created.webhook.id };

  const added = await client.addWebhookEvent({ ...webhook, event: "user.created" });
  assert.deepEqual(added.webhook?.events, ["user.created"]);
  assert.equal(caching, null);
  const read = await client.getWebhook(webhook);
  assert.equal(caching, "no-store");
  assert.deepEqual(read.webhook, added.webhook);

  const missing = client.addWebhookEvent({ appId: app, webhookId: unknownWebhook, event: "user.created" });
  await refusal(missing, Code.NotFound, { code: "webhook_not_found", status: "not_found" });
  const unknown = stranger.getWebhook(webhook);
  await refusal(unknown, Code.Unauthenticated, { code: "invalid_api_token", status: "unauthorized" });
  const wrong = client.addWebhookEvent({ ...webhook, event: "user.renamed" });
  await refusal(wrong, Code.InvalidArgument, { code: "invalid_webhook_event", status: "bad_request" });
  await client.deleteWebhook(webhook);
}
