// A webhook's life through openapi-fetch, whose types openapi-typescript has made of the API document.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import { app, token, unknownWebhook, url, wrongToken } from "./daemon.js";
import type { paths } from "./generated/openapi.js";

// The error of an answer: one of the codes that the document declares, with the fields that it has with that code.
function refusal<Error extends { code: string; status: string; message: string }, Code extends Error["code"]>(
  answer: { error?: Error; response: Response }, status: number, code: Code,
): Extract<Error, { code: Code }> {
  assert.equal(answer.response.status, status);
  const { error } = answer;
  assert(error && error.code === code, `found ${JSON.stringify(error)}, expected ${code}`);
  assert(error.message.length > 0);
  return error as Extract<Error, { code: Code }>;
}

const webhooks = "/v2/session/apps/{appID}/webhooks";
const events = "/v2/session/apps/{appID}/webhooks/{webhookID}/events";
const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${token}` } });
const stranger = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${wrongToken}` } });

const created = await client.POST(webhooks, {
  params: { path: { appID: app } },
  body: { url: "https://example.com/webhook", verification_token: "check", events: [] },
});
assert(created.data, JSON.stringify(created.error));
const path = { appID: app, webhookID: created.data.webhook.id };

const added = await client.POST(events, { params: { path }, body: { event: "user.created" } });
assert.deepEqual(added.data?.webhook.events, ["user.created"]);
const read = await client.GET(`${webhooks}/{webhookID}`, { params: { path } });
assert.deepEqual(read.data?.webhook, added.data?.webhook);
assert.equal(read.data?.webhook.active, false);

const nowhere = { appID: app, webhookID: unknownWebhook };
const missing = await client.POST(events, { params: { path: nowhere }, body: { event: "user.created" } });
const notFound: "not_found" = refusal(missing, 404, "webhook_not_found").status;
assert.equal(notFound, "not_found");

const refused = await stranger.GET(`${webhooks}/{webhookID}`, { params: { path } });
const unauthorized: "unauthorized" = refusal(refused, 401, "invalid_api_token").status;
assert.equal(unauthorized, "unauthorized");

// @ts-expect-error: the types know the events that there are.
const wrong = await client.POST(events, { params: { path }, body: { event: "user.renamed" } });
const badRequest: "bad_request" = refusal(wrong, 400, "invalid_webhook_event").status;
assert.equal(badRequest, "bad_request");

const removed = await client.DELETE(`${webhooks}/{webhookID}`, { params: { path } });
assert.equal(removed.response.status, 200);
