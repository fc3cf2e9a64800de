-- The common beginning of issue, rotate and revoke.
-- KEYS[1]: a user's hash, whose fields are device flags and whose values are records as JSON.
-- ARGV[1]: the field. ARGV[2]: for how many milliseconds an ended record is kept. ARGV[3]: the
-- length of the longest record that is read.
local key, field = KEYS[1], ARGV[1]

-- The highest count that the library supports.
local MAX_REVOCATIONS = 2 ^ 32 - 1

-- A digest that no token has.
local NOBODYS = '"sha256":"' .. string.rep('0', 64) .. '"'

-- The stored record; empty if it is too long to be valid.
local function fetch()
  if redis.call('HSTRLEN', key, field) > tonumber(ARGV[3]) then return '' end
  return redis.call('HGET', key, field)
end

-- An integer of 64 bits in a record, as text, because Lua's numbers cannot hold all of them. Within
-- a JSON string, each quote has a backslash, so only the name of a member is found.
local function time(written, name)
  local number = string.match(written, '"' .. name .. '"%s*:%s*(-?%d+)%s*[,}]')
  if not number or not (number == '0' or string.find(number, '^-?[1-9]%d*$')) then return nil end
  local digits = string.gsub(number, '-', '')
  if #digits > 19 or (#digits == 19 and digits > '9223372036854775807') then return nil end
  return number
end

-- The members of a record, if it is one.
local function decode(written)
  local ok, record = pcall(cjson.decode, written)
  return ok and type(record) == 'table' and record or {}
end

-- As a JSON member; nil unless there is exactly one that can be read.
local function secret(record)
  local digest, token = type(record.sha256) == 'string', type(record.token) == 'string'
  if digest and not token and #record.sha256 == 64 and not string.find(record.sha256, '%X') then
    return '"sha256":"' .. record.sha256 .. '"'
  end
  if token and not digest then return '"token":' .. cjson.encode(record.token) end
end

-- 1 is a master's; any other content may be there.
local function level(record)
  return record.device_level == 1 and 1 or 0
end

local MEMBERS = {
  v = true, token = true, sha256 = true, device_level = true, expires_at = true, superseded = true,
  revoked_at = true, revocations = true,
}

local function is_absent(member)
  return member == nil or member == cjson.null
end

-- Whether the library can read it, as far as that can be checked here.
local function is_whole(record, written)
  for name in pairs(record) do
    if not MEMBERS[name] then return false end
  end
  for _, name in ipairs({'expires_at', 'revoked_at'}) do
    if not is_absent(record[name]) and not time(written, name) then return false end
  end
  local given, old, counted = record.device_level, record.superseded, record.revocations
  return record.v == 1 and secret(record) ~= nil
    and (given == nil or given == 0 or given == 1)
    and (is_absent(old) or type(old) == 'table' and secret(old) ~= nil)
    and (counted == nil or type(counted) == 'number' and counted >= 0
      and counted <= MAX_REVOCATIONS and counted == math.floor(counted))
end

local function read(written)
  local record = decode(written)
  if is_whole(record, written) then return record end
end

-- How many times this pair's token was revoked. A tombstone that was written before revocations
-- were counted was revoked once.
local function revocations(record)
  local counted = record.revocations
  -- Only NaN differs from itself.
  if type(counted) ~= 'number' or counted ~= counted then counted = 0 end
  counted = math.min(math.max(math.floor(counted), 0), MAX_REVOCATIONS)
  return type(record.revoked_at) == 'number' and math.max(counted, 1) or counted
end

-- Members of JSON; the optional ones may be nil.
local function write(secret, level, expires_at, superseded, revoked_at, revoked)
  local record = '{"v":1,' .. secret .. string.format(',"device_level":%d', level)
  if expires_at then record = record .. ',"expires_at":' .. expires_at end
  if superseded then record = record .. ',"superseded":{' .. superseded .. '}' end
  if revoked_at then record = record .. ',"revoked_at":' .. revoked_at end
  if revoked > 0 then record = record .. string.format(',"revocations":%.0f', revoked) end
  return record .. '}'
end

-- Sets the field, and lets the key live as long as the longest of its fields, plus the retention;
-- forever if a record does not end.
local function keep(written)
  redis.call('HSET', key, field, written)
  local last = -math.huge
  for _, other in ipairs(redis.call('HVALS', key)) do
    local ended = time(other, 'revoked_at') or time(other, 'expires_at')
    last = math.max(last, tonumber(ended or math.huge))
  end
  local at = last + tonumber(ARGV[2])
  -- In about 285,000 years, a double begins to skip milliseconds.
  if at < 2 ^ 53 then
    redis.call('PEXPIREAT', key, string.format('%.0f', at))
  else
    redis.call('PERSIST', key)
  end
end

