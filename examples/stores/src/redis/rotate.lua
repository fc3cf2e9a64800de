-- ARGV[4]: a record with the new secret. ARGV[5]: when the overlap ends.
local written = fetch()
if not written then return 'ABSENT' end
local old, new = read(written), read(ARGV[4])
if not old then return 'UNREADABLE' end
if time(written, 'revoked_at') then return 'REVOKED' end

local expires_at, till = time(written, 'expires_at'), ARGV[5]
if expires_at and tonumber(expires_at) < tonumber(till) then till = expires_at end
local superseded = secret(old) .. ',"until":' .. till
keep(write(secret(new), level(old), expires_at, superseded, nil, revocations(old)))
return 'DONE'
