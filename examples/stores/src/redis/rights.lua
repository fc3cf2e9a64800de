-- ARGV[1]: the channel. Returns the names of the rights that the adapter needs and this user lacks.
-- Changes nothing.
local key = 'wkauth:{}'
local needed = {
  {'HGET', key, '0'},
  {'HSTRLEN', key, '0'},
  {'HSET', key, '0', ''},
  {'HDEL', key, '0'},
  {'HVALS', key},
  {'PEXPIREAT', key, '0'},
  {'PERSIST', key},
  {'PUBLISH', ARGV[1], ''},
  {'SUBSCRIBE', ARGV[1]},
  {'PING'},
  {'SCRIPT', 'LOAD', ''},
}
local missing = {}
for _, command in ipairs(needed) do
  -- Redis 7 and later can tell; older versions report nothing.
  if redis.acl_check_cmd and not redis.acl_check_cmd(unpack(command)) then
    table.insert(missing, command[1] .. ' ' .. (command[2] or ''))
  end
end
return missing
