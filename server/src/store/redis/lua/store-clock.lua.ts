/**
 * ST10: the store's clock. Lua text that the scripts share; each passes its first two arguments on.
 *
 * It is Redis's wall clock, never behind the partition's last commit. Where that wall clock was set back by more than a
 * second the store goes on at the rate of the nodes' monotonic clocks: each call brings along what its node takes the time
 * for. Within that second the node's word does not count, or the fastest node's rate would carry the clock away for good.
 */
export const STORE_CLOCK = `
-- estimate: the node's store clock, ms. replaced: what to take for Redis's own time (tests alone), or empty.
local function storeClock(estimate, replaced, floor)
  local wall = tonumber(replaced)
  if not wall then
    local time = redis.call('TIME')
    wall = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  local now = math.max(wall, floor)
  if estimate - wall > 1000 and estimate > now then now = estimate end
  return now
end
`
