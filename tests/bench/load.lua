-- Load for wrk on a database that scripts/bench has seeded.
--
--   wrk … -s load.lua URL -- KIND TOKEN WEBHOOKS APPS THREADS
--
-- Webhook n is web_000…n of the app 000…(n modulo APPS), and lacks these events at first:
local missing = { "user.identifier.created", "user.identifier.deleted", "user.session.created", "user.session.revoked" }

-- A prime: from one request to the next the walk jumps to another place of the database, and it comes to every webhook
-- of a share before it comes to one again.
local stride = 104729

local threads = {}

-- In wrk's main state, for each thread.
function setup(thread)
    thread:set("index", #threads)
    table.insert(threads, thread)
end

-- From here to request(): in the state of each thread, which has the webhooks index, index + threads, … for itself.

local function text(method, app, webhook, rest, body, token)
    local path = string.format("/v2/session/apps/%07d/webhooks/web_%026d%s", app, webhook, rest)
    return method .. " " .. path .. " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\nAuthorization: Bearer "
        .. token .. "\r\n" .. (body and ("Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body) or "\r\n")
end

local function event_body(event) return '{"event":"' .. event .. '"}' end

-- Adds each missing event to every webhook of the share, removes them all again, and so on; `adds`, and the event.
local function next_change(number)
    local round = math.floor(number / share) % (2 * #missing)
    return round < #missing, missing[round % #missing + 1]
end

local function change(number, webhook)
    local adds, event = next_change(number)
    return text(adds and "POST" or "DELETE", webhook % apps, webhook, "/events", event_body(event), token)
end

-- The same by name.
local function call(adds, type, body)
    return "POST /prelude.session.v2.WebhooksService/" .. (adds and "Add" or "Remove") .. "WebhookEvent HTTP/1.1\r\nHost: "
        .. wrk.host .. ":" .. wrk.port .. "\r\nAuthorization: Bearer " .. token .. "\r\nConnect-Protocol-Version: 1\r\nContent-Type: "
        .. type .. "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

local function change_by_json(number, webhook)
    local adds, event = next_change(number)
    return call(adds, "application/json", string.format('{"appId":"%07d","webhookId":"web_%026d","event":"%s"}',
        webhook % apps, webhook, event))
end

-- A field of a message in the binary form, with the byte that tells its number and type.
local function proto_field(tag, value) return string.char(tag, #value) .. value end

local function change_by_bytes(number, webhook)
    local adds, event = next_change(number)
    return call(adds, "application/proto", proto_field(10, string.format("%07d", webhook % apps))
        .. proto_field(18, string.format("web_%026d", webhook)) .. proto_field(26, event))
end

local function get(_, webhook) return text("GET", webhook % apps, webhook, "", nil, token) end

local kinds = {
    change = change,
    change_by_json = change_by_json,
    change_by_bytes = change_by_bytes,
    get = get,
    mix = function(number, webhook)
        if number % 5 > 0 then return get(number, webhook) end
        changes = (changes or -1) + 1
        return change(changes, (changes * stride % share) * thread_count + index)
    end,
    no_op = function(_, webhook)
        return text("POST", webhook % apps, webhook, "/events", event_body("user.created"), token)
    end,
    unknown_webhook = function(_, webhook)
        return text("POST", webhook % apps, webhook + webhooks, "/events", event_body("user.created"), token)
    end,
    bad_body = function(_, webhook)
        return text("POST", webhook % apps, webhook, "/events", event_body("user.exploded"), token)
    end,
    wrong_key = function(_, webhook)
        return text("POST", webhook % apps, webhook, "/events", event_body("user.created"), "sgw_wrong" .. webhook)
    end,
}

function init(args)
    build, token, webhooks, apps = kinds[args[1]], args[2], tonumber(args[3]), tonumber(args[4])
    kind, thread_count = args[1], tonumber(args[5])
    share = math.floor((webhooks - index + thread_count - 1) / thread_count)
    sent = 0
end

function request()
    local number = sent
    sent = sent + 1
    return build(number, (number * stride % share) * thread_count + index)
end

-- How many events more than at first the thread's webhooks have, each of its requests having changed something.
local function events_of(thread)
    local share, sent = thread:get("share"), thread:get("sent")
    if thread:get("kind") == "mix" then sent = math.ceil(sent / 5) end
    local place = sent % (2 * #missing * share)
    return math.min(place, 2 * #missing * share - place)
end

-- No response(): wrk would hand every header of every answer to Lua. It counts answers of 400 and more by itself.
function done(summary, latency)
    local events = 0
    for _, thread in ipairs(threads) do events = events + events_of(thread) end
    local errors = summary.errors
    print(string.format("result: %d %.1f %.3f %.3f %d %d %d", summary.requests, summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, events, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
