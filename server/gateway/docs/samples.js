// How an operation is called, as text to copy. A call is {method, url, withToken, body}, body being undefined for none.

// In single quotes, as a shell takes it.
function shellQuoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curlSample(call) {
  const method = call.method === "GET" ? "" : `-X ${call.method} `;
  const lines = [`curl ${method}${shellQuoted(call.url)}`];
  if (call.withToken) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  if (call.body !== undefined) {
    lines.push("-H 'Content-Type: application/json'", `-d ${shellQuoted(JSON.stringify(call.body, null, 2))}`);
  }
  return lines.join(" \\\n  ");
}

function indented(text, indent) {
  return text.replaceAll("\n", `\n${indent}`);
}

function fetchOptions(call) {
  const headers = [];
  if (call.withToken) headers.push("Authorization: `Bearer ${process.env.TOKEN}`");
  if (call.body !== undefined) headers.push('"Content-Type": "application/json"');
  const options = [];
  if (call.method !== "GET") options.push(`method: "${call.method}"`);
  if (headers.length > 0) options.push(`headers: {\n    ${headers.join(",\n    ")},\n  }`);
  if (call.body !== undefined) {
    options.push(`body: JSON.stringify(${indented(JSON.stringify(call.body, null, 2), "  ")})`);
  }
  return options.length > 0 ? `, {\n  ${options.join(",\n  ")},\n}` : "";
}

// `answer` is {schema, isJson} of the success; undefined where it has no body.
function fetchSample(call, answer, schemas) {
  const lines = [
    `const response = await fetch(${JSON.stringify(call.url)}${fetchOptions(call)});`,
    "if (!response.ok) {",
    "  const error: { code: string; status: string; message: string } = await response.json();",
    "  throw new Error(`${error.code}: ${error.message}`);",
    "}",
  ];
  if (answer?.isJson) lines.push(`const answer: ${typeOf(answer.schema, schemas)} = await response.json();`);
  if (answer && !answer.isJson) lines.push("const answer = await response.text();");
  return lines.join("\n");
}
