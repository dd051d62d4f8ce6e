-- wrk: POST the body of $BODY, $PIPELINED requests at a time (1 if unset); at the end one line
-- "RESULT requests seconds p50_us p99_us errors".
wrk.method = "POST"
wrk.body = os.getenv("BODY")
wrk.headers["Content-Type"] = "application/json"

local pipelined = tonumber(os.getenv("PIPELINED") or "1")
local requests

function init()
  requests = string.rep(wrk.format(), pipelined)
end

function request()
  return requests
end

function done(summary, latency)
  local e = summary.errors
  print(string.format("RESULT %d %f %f %f %d", summary.requests, summary.duration / 1e6, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
