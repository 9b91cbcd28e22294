// Verifies a delivery with nothing of ours: Node's crypto and the package standardwebhooks.
//
// Standard input is {"key_set", "secret", "headers", "body"}; status 0 where both signatures are good, else 1 and the reason.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const { Webhook } = require("standardwebhooks");

const { key_set, secret, headers, body } = JSON.parse(fs.readFileSync(0, "utf8"));

const jwk = key_set.keys.find((key) => key.kid === headers["X-Webhook-Signature-Key-Id"]);
const [scheme, signature] = headers["X-Webhook-Signature"].split("=");
const options = {
    key: crypto.createPublicKey({ key: jwk, format: "jwk" }),
    padding: crypto.constants.RSA_PKCS1_PSS_PADDING,
    saltLength: 32,
};
const isGood = crypto.verify("sha256", Buffer.from(body), options, Buffer.from(signature, "base64url"));
if (scheme !== "rsassa-pss-sha256" || !isGood) throw new Error("the RSA signature is not good");

new Webhook(secret).verify(body, headers);
