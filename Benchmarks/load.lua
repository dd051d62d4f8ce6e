-- wrk: POST the body of $BODY, or GET where it is unset, each with a key of its own that begins with $KEY where that is
-- set. With $PAGES, "limit count order", GET pages of so many messages of a log that has `count`: "on" by 64 readers that begin in
-- as many places, each page after page; "random" anywhere. At the end one line "RESULT requests seconds p50_us p99_us errors".
local body = os.getenv("BODY")
if body then
  wrk.method = "POST"
  wrk.body = body
  wrk.headers["Content-Type"] = "application/json"
end

local key = os.getenv("KEY")
local limit, count, order = (os.getenv("PAGES") or ""):match("(%d+) (%d+) (%a+)")
local readers = 64
local plain, head, tail
local number = 0

local function page()
  local from
  if order == "random" then
    from = math.random(count - limit)
  else
    local reader, pages = number % readers, math.floor(number / readers)
    from = (math.floor(reader * count / readers) + pages * limit) % (count - limit) + 1
    number = number + 1
  end
  return wrk.format(nil, "/messages?from=" .. from .. "&limit=" .. limit)
end

function init()
  plain = wrk.format()
  limit, count = tonumber(limit), tonumber(count)
  local head_end = plain:find("\r\n\r\n", 1, true)
  head, tail = plain:sub(1, head_end + 1), plain:sub(head_end)
end

function request()
  if limit then return page() end
  if not key then return plain end
  number = number + 1
  return head .. "Idempotency-Key: " .. key .. "-" .. number .. tail
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %f %f %f %d", summary.requests, summary.duration / 1e6, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
