// The daemon that the clients talk to, as scripts/check-clients tells of it.

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

export const url = setting("GATEWAY_URL");
export const app = setting("GATEWAY_APP");
export const token = setting("GATEWAY_TOKEN");
export const wrongToken = `sgw_${"A".repeat(43)}`;
export const unknownWebhook = "web_00000000000000000000000000";
