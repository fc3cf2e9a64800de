-- ARGV[3]: the time. ARGV[4], ARGV[5]: the channel that gateways listen to, and what they are told.
local written = redis.call('HGET', key, field)
if not written then return 'ABSENT' end
local record = read(written)
if not record then return 'UNREADABLE' end
-- The first revocation's time stays.
if not time(written, 'revoked_at') then
  local expires_at = time(written, 'expires_at')
  local revoked = math.min(revocations(record) + 1, MAX_REVOCATIONS)
  -- Redis refuses to set anything while its memory is full, but not to delete; and it does not stop in
  -- the middle of a script that has written already. A revocation may not fail for want of memory.
  redis.call('HDEL', key, field)
  keep(write(secret(record), record.device_level, expires_at, nil, ARGV[3], revoked))
end
-- What was revoked stays revoked, whoever may not be told.
local told = redis.pcall('PUBLISH', ARGV[4], ARGV[5])
if type(told) == 'table' and told.err then return 'UNTOLD ' .. told.err end
return 'DONE'
