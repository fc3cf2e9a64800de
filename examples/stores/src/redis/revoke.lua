-- ARGV[4]: the time. ARGV[5], ARGV[6]: the channel that gateways listen to, and the message. If a
-- record cannot be read, its count of revocations is unknown: it becomes higher than any session
-- has seen.
local MORE_THAN_SEEN = 2 ^ 31

local written = fetch()
if not written then return 'ABSENT' end
local record, is_readable = decode(written), read(written) ~= nil
-- The time of the first revocation is kept.
local revoked_at = is_readable and time(written, 'revoked_at')
local revoked = revocations(record)
if not revoked_at then revoked = revoked + 1 end
if not is_readable then revoked = math.max(revoked, MORE_THAN_SEEN) end
-- Whatever is stored, it is replaced by a tombstone that can be read.
local kept = secret(record)
if not kept or string.find(kept, '[\128-\255]') then kept = NOBODYS end
local expires_at = is_readable and time(written, 'expires_at')
local tombstone = write(kept, level(record), expires_at, nil, revoked_at or ARGV[4],
  math.min(revoked, MAX_REVOCATIONS))
if tombstone ~= written then
  -- While its memory is full, Redis refuses to set anything, but not to delete; and it does not
  -- stop in the middle of a script that has already written. A revocation must not fail for lack of
  -- memory. From here on, nothing may fail: what is deleted would be lost.
  redis.call('HDEL', key, field)
  keep(tombstone)
end
-- The token stays revoked even if the message about it cannot be published.
local told = redis.pcall('PUBLISH', ARGV[5], ARGV[6])
if type(told) == 'table' and told.err then return 'UNTOLD ' .. told.err end
return 'DONE'
