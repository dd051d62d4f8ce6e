-- wrk: POST the body of $BODY, with a key of its own if $KEY is set, which begins each; at the end one line
-- "RESULT requests seconds p50_us p99_us errors".
local body = os.getenv("BODY")
local key = os.getenv("KEY")
local head = "POST /add HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
  .. #body .. "\r\n"
local tail = "\r\n\r\n" .. body
local plain = head .. "\r\n" .. body
local number = 0

function request()
  if not key then return plain end
  number = number + 1
  return head .. "Idempotency-Key: " .. key .. "-" .. number .. tail
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %f %f %f %d", summary.requests, summary.duration / 1e6, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
