/** How the scripts that look events up by an index hand them out. Lua text that they share. */
export const READ_EVENT = `
-- { seq, header, data, hash or '' where nobody has handed it in yet }, or nil where there is none.
local function readEvent(base, seq)
  local id = string.format('%.0f-0', seq)
  local found = redis.call('XRANGE', base .. ':feed', id, id)[1]
  if not found then return nil end
  local kept = redis.call('XRANGE', base .. ':chain', id, id)[1]
  return { tonumber(seq), found[2][2], found[2][4], kept and kept[2][2] or '' }
end
`
