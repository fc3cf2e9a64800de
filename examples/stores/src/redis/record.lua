-- What issue, rotate and revoke begin with.
-- KEYS[1]: a user's hash, whose fields are device flags and whose values are records as JSON.
-- ARGV[1]: the field. ARGV[2]: for how many milliseconds an ended record is kept.
local key, field = KEYS[1], ARGV[1]

-- What the library can count.
local MAX_REVOCATIONS = 2 ^ 32 - 1

-- A time of a record, as text: the numbers of Lua do not hold all of them. Within a string of JSON
-- no quote stands without a backslash, so that only the name of a member is found.
local function time(written, name)
  return string.match(written, '"' .. name .. '"%s*:%s*(-?%d+)')
end

local function read(written)
  local ok, record = pcall(cjson.decode, written)
  if ok and type(record) == 'table' and record.v == 1
    and (type(record.sha256) == 'string' or type(record.token) == 'string') then
    return record
  end
end

local function secret(record)
  if type(record.sha256) == 'string' then
    return '"sha256":' .. cjson.encode(record.sha256)
  end
  return '"token":' .. cjson.encode(record.token)
end

-- How often this pair's token was revoked. A tombstone that was written before that was counted
-- was revoked once.
local function revocations(record)
  local counted = type(record.revocations) == 'number' and record.revocations or 0
  counted = math.min(math.max(math.floor(counted), 0), MAX_REVOCATIONS)
  return type(record.revoked_at) == 'number' and math.max(counted, 1) or counted
end

-- Members of JSON; the optional ones may be nil.
local function write(secret, level, expires_at, superseded, revoked_at, revoked)
  local record = '{"v":1,' .. secret .. string.format(',"device_level":%d', level or 0)
  if expires_at then record = record .. ',"expires_at":' .. expires_at end
  if superseded then record = record .. ',"superseded":{' .. superseded .. '}' end
  if revoked_at then record = record .. ',"revoked_at":' .. revoked_at end
  if revoked > 0 then record = record .. string.format(',"revocations":%.0f', revoked) end
  return record .. '}'
end

-- Sets the field, and lets the key live as long as the longest of its fields, and for the retention
-- after that; for ever where a record does not end.
local function keep(written)
  redis.call('HSET', key, field, written)
  local last = -math.huge
  for _, other in ipairs(redis.call('HVALS', key)) do
    local ended = time(other, 'revoked_at') or time(other, 'expires_at')
    last = math.max(last, tonumber(ended or math.huge))
  end
  local at = last + tonumber(ARGV[2])
  -- Some 285,000 years from now a double begins to skip milliseconds.
  if at < 2 ^ 53 then
    redis.call('PEXPIREAT', key, string.format('%.0f', at))
  else
    redis.call('PERSIST', key)
  end
end

