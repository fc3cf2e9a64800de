-- ARGV[4]: the record, which takes over the previous record's count of revocations: it identifies
-- sessions from before a revocation. A record that cannot be read is replaced, too.
local written = fetch()
local old, new = written and decode(written), read(ARGV[4])
local before = old and revocations(old) or 0
-- A tombstone in place of a token revokes it, whatever record the tombstone was made from.
if old and type(old.revoked_at) ~= 'number' and type(new.revoked_at) == 'number' then
  before = math.min(before + 1, MAX_REVOCATIONS)
end
local revoked = math.max(before, revocations(new))
local record = string.gsub(ARGV[4], ',"revocations":%d+', '')
if revoked > 0 then
  record = string.format('%s,"revocations":%.0f}', string.sub(record, 1, -2), revoked)
end
keep(record)
return 'DONE'
