-- KEYS[1]: a user's hash. ARGV[1]: the length of the longest record that is read. The other
-- arguments: fields. In place of a longer record its length is returned, so that a writer of the
-- database cannot decide how much memory a lookup takes.
local found = {}
for i = 2, #ARGV do
  local len = redis.call('HSTRLEN', KEYS[1], ARGV[i])
  if len > tonumber(ARGV[1]) then
    found[i - 1] = len
  else
    found[i - 1] = redis.call('HGET', KEYS[1], ARGV[i])
  end
end
return found
