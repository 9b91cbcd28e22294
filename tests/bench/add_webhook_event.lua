-- Load for wrk: adds events to the webhooks that scripts/bench puts into the database.
--
--   wrk … -s add_webhook_event.lua URL -- APP TOKEN WEBHOOKS THREADS
--
-- The webhooks are web_000…0 to WEBHOOKS - 1, and every one lacks these events:
local missing = { "user.identifier.created", "user.identifier.deleted", "user.session.created", "user.session.revoked" }

-- A prime: from one request to the next the walk jumps to another place of the database, and it comes to every webhook
-- of a share before it comes to one again.
local stride = 104729

local threads_set_up = 0

-- In wrk's main state, for each thread.
function setup(thread)
    thread:set("index", threads_set_up)
    threads_set_up = threads_set_up + 1
end

-- From here to request(): in the state of each thread, which has the webhooks index, index + threads, … for itself.
function init(args)
    local app, token, webhooks = args[1], args[2], tonumber(args[3])
    threads = tonumber(args[4])
    share = math.floor((webhooks - index + threads - 1) / threads)
    sent = 0
    before_id = "POST /v2/session/apps/" .. app .. "/webhooks/web_"
    after_id = {}
    for i, event in ipairs(missing) do
        local body = '{"event":"' .. event .. '"}'
        after_id[i - 1] = "/events HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port .. "\r\nAuthorization: Bearer " .. token
            .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
    end
end

function request()
    local webhook = (sent * stride % share) * threads + index
    local event = math.floor(sent / share) % #missing
    sent = sent + 1
    return before_id .. string.format("%026d", webhook) .. after_id[event]
end

-- No response(): wrk would hand every header of every answer to Lua. It counts answers of 400 and more by itself, and
-- scripts/bench counts the events in the database.

function done(summary, latency)
    local errors = summary.errors
    print(string.format("errors: status %d, connect %d, read %d, write %d, timeout %d",
        errors.status, errors.connect, errors.read, errors.write, errors.timeout))
    print(string.format("result: %d %.1f %.3f %.3f", summary.requests, summary.requests / summary.duration * 1e6,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
