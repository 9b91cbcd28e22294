"use strict";

// What the schemas of a document say: as examples, as types of TypeScript and in words. `schemas` are those that a
// reference may name.

function nameIn(reference) {
  return reference.slice(reference.lastIndexOf("/") + 1);
}

// The schema behind a reference, with what stands beside the reference.
function resolve(schema, schemas) {
  if (!schema.$ref) return schema;
  const { $ref: reference, ...beside } = schema;
  return { ...resolve(schemas[nameIn(reference)], schemas), ...beside };
}

// What a value may be instead of one another; none where the properties tell it.
function choicesOf(schema) {
  return schema.properties ? [] : (schema.oneOf ?? schema.anyOf ?? []);
}

// The properties of the first choice there is, where there is one.
function propertiesOfFirst(schema, schemas) {
  const choices = [schema.oneOf?.[0], schema.anyOf?.[0]].filter(Boolean);
  const properties = { ...schema.properties };
  for (const choice of choices) Object.assign(properties, resolve(choice, schemas).properties);
  return Object.entries(properties).filter(([, property]) => !property.not);
}

// Stands for a text of which there is no example.
const unknown = "…";

function exampleOf(reference, schemas) {
  const schema = resolve(reference, schemas);
  if (schema.examples) return schema.examples[0];
  if ("const" in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [choice] = choicesOf(schema);
  if (choice) return exampleOf(choice, schemas);
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        propertiesOfFirst(schema, schemas).map(([name, property]) => [name, exampleOf(property, schemas)])
          .filter(([name, example]) => example !== unknown || schema.required?.includes(name)));
    case "array":
      return [exampleOf(schema.items, schemas)];
    case "integer":
      return schema.minimum ?? 0;
    case "boolean":
      return true;
    default:
      return unknown;
  }
}

// A type of TypeScript, its lines behind the first indented by `indent`.
function typeOf(reference, schemas, indent = "") {
  const schema = resolve(reference, schemas);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(" | ");
  const choices = choicesOf(schema);
  if (choices.length > 0) return choices.map((choice) => typeOf(choice, schemas, indent)).join(" | ");
  switch (schema.type) {
    case "object": {
      if (!schema.properties) return "Record<string, unknown>";
      const lines = Object.entries(schema.properties).map(([name, property]) => {
        const mark = schema.required?.includes(name) ? "" : "?";
        return `${indent}  ${name}${mark}: ${typeOf(property, schemas, indent + "  ")};\n`;
      });
      return `{\n${lines.join("")}${indent}}`;
    }
    case "array":
      return `Array<${typeOf(schema.items, schemas, indent)}>`;
    case "integer":
      return "number";
    default:
      return schema.type;
  }
}

// "1 to 64", "at most 20", "at least 1"; empty where there is no bound.
function boundsInWords(least, most) {
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (most !== undefined) return `at most ${most}`;
  return least ? `at least ${least}` : "";
}

// What is allowed of a value, a phrase for each rule.
function rulesInWords(schema) {
  const rules = [
    [boundsInWords(schema.minLength || undefined, schema.maxLength), " characters"],
    [boundsInWords(schema.minItems, schema.maxItems), " items"],
    [boundsInWords(schema.minProperties, schema.maxProperties), " members"],
    [boundsInWords(schema.minimum, schema.maximum), ""],
  ];
  const phrases = rules.filter(([bounds]) => bounds).map(([bounds, unit]) => bounds + unit);
  if (schema.default !== undefined) phrases.push(`else ${schema.default}`);
  return phrases;
}

// "Needs url, or events.": what has to be there beside the required fields; empty where nothing has.
function needsInWords(schema) {
  const choices = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])].filter((choice) => choice.required);
  const words = choices.map((choice) => choice.required.join(" and "));
  return words.length > 1 ? `Needs ${words.join(", or ")}.` : "";
}

// "string", "list of WebhookResponse", "date-time".
function typeInWords(reference, schemas) {
  const schema = resolve(reference, schemas);
  if (schema.type === "array") return `list of ${typeInWords(schema.items, schemas)}`;
  if (reference.$ref && !schema.enum) return nameIn(reference.$ref);
  return schema.format ?? schema.type ?? "one of several";
}
