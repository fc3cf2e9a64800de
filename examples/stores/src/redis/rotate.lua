-- ARGV[3]: a record with the new secret. ARGV[4]: when the overlap ends.
local written = redis.call('HGET', key, field)
if not written then return 'ABSENT' end
local old, new = read(written), read(ARGV[3])
if not old then return 'UNREADABLE' end
if time(written, 'revoked_at') then return 'REVOKED' end

local expires_at, till = time(written, 'expires_at'), ARGV[4]
if expires_at and tonumber(expires_at) < tonumber(till) then till = expires_at end
local superseded = secret(old) .. ',"until":' .. till
keep(write(secret(new), old.device_level, expires_at, superseded, nil, revocations(old)))
return 'DONE'
