// Puts the document onto the page. What it says is set as text, never as markup.

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.flat(Infinity));
  return made;
}

// Text with what stands between backticks as code.
function prose(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

function heading(level, id, ...children) {
  const link = element("a", { href: `#${id}`, class: "here" }, children);
  return element(`h${level}`, { id }, link);
}

function methodMark(method) {
  return element("span", { class: `method ${method}` }, method.toUpperCase());
}

function copyButton(text) {
  const button = element("button", { type: "button", "aria-live": "polite" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}

// `isOpen`: shown at once.
function sample(title, text, language, isOpen) {
  const attributes = { tabindex: "0", role: "group", "aria-label": title };
  const code = element("pre", attributes, element("code", { class: language }, text));
  const details = element("details", { class: "sample" }, element("summary", {}, title), code);
  details.open = isOpen;
  if (navigator.clipboard) details.append(copyButton(text));
  return details;
}

function choiceName(choice, schemas) {
  if (choice.$ref) return nameIn(choice.$ref);
  const constants = Object.values(choice.properties ?? {}).map((property) => resolve(property, schemas).const);
  return constants.find(Boolean) ?? typeInWords(choice, schemas);
}

// What is inside of a value: its fields, or what it may be.
function inside(reference, schemas) {
  const schema = resolve(reference, schemas);
  if (schema.type === "array") return inside(schema.items, schemas);
  const choices = choicesOf(schema).filter((choice) => resolve(choice, schemas).properties);
  if (choices.length > 0) {
    return choices.map((choice) =>
      element("details", { class: "choice" }, element("summary", {}, choiceName(choice, schemas)),
        inside(choice, schemas)));
  }
  if (!schema.properties) return [];
  const needs = needsInWords(schema);
  return [...(needs ? [element("p", { class: "rules" }, needs)] : []), fields(schema, schemas)];
}

function field(name, reference, isRequired, description, schemas) {
  const schema = resolve(reference, schemas);
  const words = schema.enum ?? resolve(schema.items ?? {}, schemas).enum;
  const term = element("dt", {}, element("code", {}, name), " ",
    element("span", { class: "type" }, typeInWords(reference, schemas)));
  if (!isRequired) term.append(" ", element("span", { class: "optional" }, "optional"));
  const about = element("dd", {}, element("p", {}, prose(description ?? schema.description ?? "")));
  const rules = rulesInWords(schema);
  if (rules.length > 0) about.append(element("p", { class: "rules" }, rules.join("; ")));
  if (words) about.append(element("p", { class: "rules" }, words.map((word) => [element("code", {}, word), " "])));
  about.append(...inside(reference, schemas));
  return element("div", {}, term, about);
}

function fields(schema, schemas) {
  const list = Object.entries(schema.properties).map(([name, property]) =>
    field(name, property, schema.required?.includes(name), undefined, schemas));
  return element("dl", { class: "fields" }, list);
}

function parameters(operation, schemas) {
  const places = { path: "In the path", query: "In the query", header: "In the header" };
  return Object.entries(places).flatMap(([place, title]) => {
    const here = operation.parameters.filter((parameter) => parameter.in === place);
    if (here.length === 0) return [];
    const list = here.map((parameter) =>
      field(parameter.name, parameter.schema, parameter.required, parameter.description, schemas));
    return [element("h4", {}, title), element("dl", { class: "fields" }, list)];
  });
}

function bodySchema(content) {
  const [type, media] = Object.entries(content ?? {})[0] ?? [];
  return type && { schema: media.schema, isJson: type === "application/json", type };
}

function message(title, body, schemas) {
  if (!body) return [];
  const schema = resolve(body.schema, schemas);
  const about = schema.description ? [element("p", {}, prose(schema.description))] : [];
  return [element("h4", {}, title, body.isJson ? "" : `: ${body.type}`), ...about, ...inside(body.schema, schemas)];
}

function codesOf(schema, schemas) {
  const choices = schema.oneOf ?? [schema];
  return choices.map((choice) => resolve(choice, schemas).properties.code.const);
}

// May go on in another line behind an underscore.
function breakable(word) {
  return word.split(/(?<=_)/).flatMap((part) => [part, element("wbr", {})]);
}

function answersTable(operation, schemas) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const schema = answer.content?.["application/json"]?.schema;
    const codes = Number(status) >= 400 ? codesOf(schema, schemas) : [];
    const headers = Object.keys(answer.headers).filter((name) => name !== "X-Request-Id");
    const besides = headers.length > 0 ? [element("div", { class: "type" }, `with ${headers.join(", ")}`)] : [];
    return element("tr", {}, element("th", { scope: "row" }, status), element("td", {}, answer.description),
      element("td", {}, codes.map((code) => [element("code", {}, breakable(code)), " "]), besides));
  });
  const head = ["Status", "Meaning", "Codes and headers"].map((title) => element("th", { scope: "col" }, title));
  return element("table", {}, element("caption", {}, "Answers"), element("thead", {}, element("tr", {}, head)),
    element("tbody", {}, rows));
}

function callOf(method, path, operation, origin, schemas) {
  const valueOf = (parameter) => encodeURIComponent(exampleOf(parameter.schema, schemas));
  const required = operation.parameters.filter((parameter) => parameter.required);
  const filled = required.filter((parameter) => parameter.in === "path")
    .reduce((text, parameter) => text.replace(`{${parameter.name}}`, valueOf(parameter)), path);
  const query = required.filter((parameter) => parameter.in === "query")
    .map((parameter) => `${parameter.name}=${valueOf(parameter)}`);
  const body = bodySchema(operation.requestBody?.content);
  const [server] = operation.servers ?? [];
  const base = server
    ? Object.entries(server.variables)
      .reduce((url, [name, variable]) => url.replace(`{${name}}`, variable.default), server.url)
    : origin;
  return {
    method: method.toUpperCase(),
    url: base + filled + (query.length > 0 ? `?${query.join("&")}` : ""),
    withToken: operation.security?.length !== 0,
    body: body && exampleOf(body.schema, schemas),
  };
}

function errorSample(operation, schemas) {
  const status = Object.keys(operation.responses).find((text) => Number(text) >= 400);
  const [code] = codesOf(operation.responses[status].content["application/json"].schema, schemas);
  const found = Object.values(schemas).find((schema) => schema.properties?.code?.const === code);
  const text = JSON.stringify({ ...exampleOf(found, schemas), message: "What is wrong." }, null, 2);
  return sample(`Error ${status}`, text, "json", false);
}

function accessInWords(operation) {
  if (operation.security?.length === 0) return "Open: no token is needed.";
  if (operation.security) return "Needs an API token that is good for all apps, unless the operator has opened it.";
  return "Needs an API token that is good for the app.";
}

function operationSection({ method, path, operation }, origin, schemas) {
  const id = operation.operationId;
  const call = callOf(method, path, operation, origin, schemas);
  const [status, success] = Object.entries(operation.responses).find(([text]) => text.startsWith("2"));
  const answer = bodySchema(success.content);
  const words = element("div", { class: "words" }, element("p", {}, accessInWords(operation)),
    parameters(operation, schemas), message("Body", bodySchema(operation.requestBody?.content), schemas),
    message("Answer", answer, schemas), answersTable(operation, schemas));
  const samples = element("div", { class: "samples" }, sample("curl", curlSample(call), "shell", true),
    sample("TypeScript", fetchSample(call, answer, schemas), "typescript", false));
  if (answer?.isJson) {
    const example = JSON.stringify(exampleOf(answer.schema, schemas), null, 2);
    samples.append(sample(`Answer ${status}`, example, "json", true));
  }
  samples.append(errorSample(operation, schemas));
  return element("article", { class: "operation", "aria-labelledby": id }, heading(3, id, id),
    element("p", { class: "summary" }, prose(`${operation.summary}.`)),
    element("p", { class: "route" }, methodMark(method), " ", element("code", {}, path)), words, samples);
}

// The operations of a tag, in the order of the document.
function operationsOf(tag, paths) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, path, operation })))
    .filter(({ operation }) => operation.tags.includes(tag.name));
}

function tagId(tag) {
  return `tag-${tag.name.toLowerCase().replace(/[^a-z]+/g, "-")}`;
}

function menuEntry(tag, operations) {
  const links = operations.map(({ method, operation: { operationId: id } }) =>
    element("li", {}, element("a", { href: `#${id}` }, methodMark(method), " ", id)));
  return element("li", {}, element("a", { href: `#${tagId(tag)}` }, tag.name), element("ul", {}, links));
}

function show(api) {
  const schemas = api.components.schemas;
  const tags = api.tags.map((tag) => ({ tag, operations: operationsOf(tag, api.paths) }));
  document.getElementById("title").textContent = api.info.title;
  document.getElementById("version").textContent = api.info.version;
  document.getElementById("menu").append(
    element("ul", {}, tags.map(({ tag, operations }) => menuEntry(tag, operations))));
  const token = Object.values(api.components.securitySchemes).map((scheme) =>
    element("p", {}, element("code", {}, "Authorization: Bearer …"), " ", prose(scheme.description)));
  document.getElementById("content").replaceChildren(
    element("p", { class: "lead" }, prose(api.info.summary)), element("p", {}, prose(api.info.description)), ...token,
    ...tags.map(({ tag, operations }) => element("section", { "aria-labelledby": tagId(tag) }, heading(2, tagId(tag), tag.name),
      element("p", {}, prose(tag.description)),
      operations.map((operation) => operationSection(operation, location.origin, schemas)))));
}

// Open where there is room beside the content.
function keepMenu() {
  const menu = document.getElementById("menu");
  const wide = matchMedia("(min-width: 62rem)");
  const adapt = () => (menu.open = wide.matches);
  wide.addEventListener("change", adapt);
  menu.addEventListener("click", (event) => {
    if (event.target.closest("a")) adapt();
  });
  adapt();
}

async function load() {
  keepMenu();
  const content = document.getElementById("content");
  try {
    const answer = await fetch("openapi.json");
    if (!answer.ok) throw new Error(`the answer is ${answer.status}`);
    show(await answer.json());
    if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
  } catch (error) {
    document.getElementById("state").textContent = `The document could not be shown: ${error.message}.`;
  }
  content.setAttribute("aria-busy", "false");
}

load();
