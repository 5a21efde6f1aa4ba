-- All operations on one run, each atomic; ARGV[1] names it. Time is the server's, in milliseconds.
--
-- The keys of a run share a hash tag with the index of what is due, so that a cluster keeps them on one server:
--   run     hash: rev, state, given, header, status (open, done), ended, epoch (attempt of the flow), live (how many awaited
--           nodes of this attempt are live), fence, leader, until, asked (how often a hint was sent), parked, created, ttl, dropped
--   inbox   list of events that something follows from         lazy   list of events that only count
--   nodes   hash: id -> status attempt fence retried lost deliveries epoch awaited, separated by blanks, then owner and
--           token, each on a line; status is P (published), C (claimed) or F (the run of a sub-flow is on record)
--   bodies  hash: id -> what the node is given                 archive list of what finished: name, id, name, id, ...
--   flows   set of the ids of all sub-flows                    due    sorted set: "run|node" -> when it is due
--   open    sorted set: run -> when it began                   bell   channel: something is due earlier than one may think
-- Joined rows are lists whose keys are made up from names, which a set holds: they have the tag, too.
--
-- Of an open run with events that can be processed, or with published or claimed nodes, something is always due.
local run, inbox, lazy, nodes, bodies, archive, flows, due, open = unpack(KEYS)
local op, id, bell = ARGV[1], ARGV[2], ARGV[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local joined_names = run .. ':joined'
local function joined_key(name) return run .. ':j:' .. name end

local function record_of(node)
  local text = redis.call('HGET', nodes, node)
  if not text then return nil end
  local status, attempt, fence, retried, lost, deliveries, epoch, awaited, owner, token =
    string.match(text, '^(%a) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d)\n([^\n]*)\n(.*)$')
  return {
    status = status, attempt = tonumber(attempt), fence = tonumber(fence), retried = tonumber(retried),
    lost = tonumber(lost), deliveries = tonumber(deliveries), epoch = epoch, awaited = awaited, owner = owner, token = token,
  }
end

local function put(node, r)
  local numbers = {r.status, r.attempt, r.fence, r.retried, r.lost, r.deliveries, r.epoch, r.awaited}
  redis.call('HSET', nodes, node, table.concat({table.concat(numbers, ' '), r.owner, r.token}, '\n'))
end

local function after(node, delay, ring)
  redis.call('ZADD', due, now + delay, id .. '|' .. node)
  if ring then redis.call('PUBLISH', bell, delay) end
end

local function pause(deliveries, pauses)  -- pauses: milliseconds, separated by commas
  local found, place = nil, 0
  for text in string.gmatch(pauses, '%d+') do
    found = tonumber(text)
    if place == deliveries then break end
    place = place + 1
  end
  return found
end

local function leave(node)
  redis.call('HDEL', nodes, node)
  redis.call('HDEL', bodies, node)
  redis.call('ZREM', due, id .. '|' .. node)
end

-- Rows go once the run has ended, whoever waits for that knows, and no node is left.
local function let_go_if_over()
  local r = redis.call('HMGET', run, 'ttl', 'status')
  if r[1] and r[2] == 'done' and redis.call('HLEN', nodes) == 0 and not redis.call('ZSCORE', due, id .. '|!') then
    for _, key in ipairs({run, inbox, lazy, nodes, bodies, archive, flows}) do
      redis.call('PEXPIRE', key, tonumber(r[1]))
    end
  end
end

local function drop_joined()
  for _, name in ipairs(redis.call('SMEMBERS', joined_names)) do redis.call('DEL', joined_key(name)) end
  redis.call('DEL', joined_names)
end

-- Take off the tasks that nobody has claimed.
local function drop_unclaimed(epoch)
  local all = redis.call('HGETALL', nodes)
  for at = 1, #all, 2 do
    local r = record_of(all[at])
    if r.status == 'P' and redis.call('SISMEMBER', flows, all[at]) == 0 then
      leave(all[at])
      if r.epoch == epoch and r.awaited == '1' then redis.call('HINCRBY', run, 'live', -1) end
    end
  end
end

-- Write what a step came to: a table as `encoded` in redis_texts.py makes it. Its text is decoded before anything else
-- is written, as a script that ends with an error does not take back what it did.
local function write(w, unsent)
  redis.call('HINCRBY', run, 'rev', 1)
  redis.call('HSET', run, 'state', w.state)
  redis.call('HDEL', run, 'asked', 'parked')
  if w.given then redis.call('HSET', run, 'given', w.given) end
  for first = 1, #w.archived, 1000 do
    redis.call('RPUSH', archive, unpack(w.archived, first, math.min(first + 999, #w.archived)))
  end
  for at = 1, #w.joined, 2 do
    local key = joined_key(w.joined[at])
    if redis.call('RPUSH', key, w.joined[at + 1]) == 1 then redis.call('SADD', joined_names, w.joined[at]) end
  end
  for _, name in ipairs(w.released) do redis.call('DEL', joined_key(name)) end
  local epoch = redis.call('HGET', run, 'epoch')
  local live = 0
  for _, n in ipairs(w.nodes) do  -- id, body, awaited, delay, flow
    local node, delay = n[1], tonumber(n[4])
    if redis.call('HEXISTS', nodes, node) == 0 then
      put(node, {status = 'P', attempt = 1, fence = 0, retried = 0, lost = 0, deliveries = 0, epoch = epoch,
                 awaited = n[3], owner = '', token = ''})
      redis.call('HSET', bodies, node, n[2])
      live = live + n[3]
      if n[5] == 1 then redis.call('SADD', flows, node) end
      after(node, delay > 0 and delay or w.look or unsent, delay > 0)
    end
  end
  if live > 0 then redis.call('HINCRBY', run, 'live', live) end
  if w.drop then drop_unclaimed(epoch) end
  if w.restart then
    redis.call('HINCRBY', run, 'epoch', 1)
    redis.call('HSET', run, 'live', 0)
    drop_joined()
    redis.call('DEL', archive, inbox, lazy)
    if w.restart > 0 then after('+', w.restart, true) else redis.call('RPUSH', inbox, w.event) end
  end
  if w.ended then
    if w.drop then redis.call('HSET', run, 'dropped', 1) end
    redis.call('HSET', run, 'status', 'done', 'ended', w.ended)
    redis.call('DEL', inbox, lazy)
    redis.call('ZREM', due, id .. '|+')
    redis.call('ZREM', open, id)
    drop_joined()
    after('!', unsent, false)  -- telling of the end is a message, too
  end
end

local MOST = 1000  -- events in one step

local function waiting()
  return redis.call('LLEN', inbox) > 0
    or (redis.call('LLEN', lazy) > 0 and tonumber(redis.call('HGET', run, 'live') or 0) <= 0)
end

local function events()
  local urgent = redis.call('LRANGE', inbox, 0, MOST - 1)
  local idle = #urgent < MOST and redis.call('LRANGE', lazy, 0, MOST - #urgent - 1) or {}
  local counts = {#urgent, #idle}
  for _, event in ipairs(idle) do urgent[#urgent + 1] = event end
  return urgent, counts
end

local function rows(first)
  local found = {}
  for at = first, #ARGV do found[#found + 1] = redis.call('LRANGE', joined_key(ARGV[at]), 0, -1) end
  return found
end

local function begin(leader, lease, first)
  redis.call('HSET', run, 'leader', leader, 'until', now + lease)
  after('', lease, false)
  local r = redis.call('HMGET', run, 'rev', 'state', 'given', 'header')
  local found, counts = events()
  return {'lead', r[1], r[2], r[3] or '', r[4], found, counts[1], counts[2], rows(first)}
end

local function release()
  redis.call('HDEL', run, 'leader', 'until')
  redis.call('ZREM', due, id .. '|')
end

local function led_by_other(leader)
  local r = redis.call('HMGET', run, 'leader', 'until')
  return r[1] and r[1] ~= '' and r[1] ~= leader and tonumber(r[2]) >= now
end

-- One of these is run, and only its code: functions that are defined and not called would cost more than the operation.

-- header state-write unsent events...
if op == 'start' then
  if redis.call('EXISTS', run) == 1 then return {'exists'} end
  local first = cjson.decode(ARGV[5])
  redis.call('HSET', run, 'rev', 0, 'header', ARGV[4], 'status', 'open', 'epoch', 1, 'live', 0, 'created', now)
  redis.call('ZADD', open, now, id)
  write(first, tonumber(ARGV[6]))
  for at = 7, #ARGV do redis.call('RPUSH', inbox, ARGV[at]) end
  if #ARGV > 6 then after('', tonumber(ARGV[6]), false) end
  return {'ok'}
end

if op == 'header' then return {'ok', redis.call('HGET', run, 'header')} end

-- node attempt process token guess lease
if op == 'claim' then
  local node, r = ARGV[4], record_of(ARGV[4])
  if not r or r.attempt ~= tonumber(ARGV[5]) then return {'drop'} end
  if r.status == 'P' then
    r.status, r.fence, r.owner, r.token = 'C', redis.call('HINCRBY', run, 'fence', 1), ARGV[6], ARGV[7]
    put(node, r)
    after(node, tonumber(ARGV[9]), false)
  elseif r.status ~= 'C' or r.owner ~= ARGV[6] or r.token ~= ARGV[7] then
    return {'drop'}
  end
  local found = redis.call('HMGET', run, 'given', 'rev', 'state', 'leader', 'status', 'epoch', 'header')
  local free = ARGV[8] == '1' and not found[4] and found[5] == 'open' and r.epoch == found[6]
    and redis.call('LLEN', inbox) == 0 and redis.call('LLEN', lazy) == 0
  local reply = {'run', r.fence, r.retried, r.lost, redis.call('HGET', bodies, node), found[1] or '', found[7]}
  if free then reply[8], reply[9] = found[2], found[3] end
  return reply
end

-- node fence event lazy leader lease guessed-rev guessed-write unsent names...
if op == 'complete' then
  local node, r = ARGV[4], record_of(ARGV[4])
  local fence = tonumber(ARGV[5])
  if not r or not (r.fence == fence and (r.status == 'C' or (fence == 0 and r.status ~= 'C'))) then return {'stale'} end
  local guess = ARGV[11] ~= '' and cjson.decode(ARGV[11])
  leave(node)
  local found = redis.call('HMGET', run, 'status', 'epoch', 'rev', 'leader', 'until', 'ttl')
  if found[6] then let_go_if_over() end
  if found[1] ~= 'open' or found[2] ~= r.epoch or r.awaited == '0' then return {'left'} end
  local live = redis.call('HINCRBY', run, 'live', -1)
  local free = not found[4] or tonumber(found[5]) < now
  if guess and ARGV[10] == found[3] and free
      and redis.call('LLEN', inbox) == 0 and redis.call('LLEN', lazy) == 0 then
    write(guess, tonumber(ARGV[12]))
    if waiting() then after('', 0, true) end  -- a new attempt begins at once
    return {'committed'}
  end
  if ARGV[7] == '1' then
    redis.call('RPUSH', lazy, ARGV[6])
    if live > 0 then return {'left'} end
  else
    redis.call('RPUSH', inbox, ARGV[6])
  end
  if not free then return {'left'} end
  if ARGV[8] == '' then
    redis.call('HSET', run, 'leader', '', 'until', now + tonumber(ARGV[9]))
    after('', tonumber(ARGV[9]), false)
    return {'taken'}
  end
  return begin(ARGV[8], tonumber(ARGV[9]), 13)
end

-- node fence countdown counts lost unsent
if op == 'again' then
  local node, r = ARGV[4], record_of(ARGV[4])
  if not r or r.status ~= 'C' or r.fence ~= tonumber(ARGV[5]) then return {'stale'} end
  if redis.call('HEXISTS', run, 'dropped') == 1 then
    leave(node)
    let_go_if_over()
    return {'stale'}
  end
  local countdown = tonumber(ARGV[6])
  r.status, r.attempt, r.owner, r.token, r.deliveries = 'P', r.attempt + 1, '', '', 0
  r.retried, r.lost = r.retried + tonumber(ARGV[7]), r.lost + tonumber(ARGV[8])
  put(node, r)
  after(node, countdown > 0 and countdown or tonumber(ARGV[9]), countdown > 0)
  return {'ok', r.attempt}
end

-- leader lease names...
if op == 'lead' then
  if led_by_other(ARGV[4]) then return {'left'} end
  if redis.call('HGET', run, 'status') ~= 'open' or not waiting() then release() return {'left'} end
  return begin(ARGV[4], tonumber(ARGV[5]), 6)
end

if op == 'joined' then return {'ok', rows(4)} end

-- leader lease rev urgent lazy write unsent
if op == 'commit' then
  local r = redis.call('HMGET', run, 'rev', 'status')
  if r[1] ~= ARGV[6] or r[2] ~= 'open' then return {'conflict'} end
  local step = cjson.decode(ARGV[9])
  redis.call('LTRIM', inbox, tonumber(ARGV[7]), -1)
  redis.call('LTRIM', lazy, tonumber(ARGV[8]), -1)
  write(step, tonumber(ARGV[10]))
  if waiting() then
    redis.call('HSET', run, 'leader', ARGV[4], 'until', now + tonumber(ARGV[5]))
    after('', tonumber(ARGV[5]), false)
    local found, counts = events()
    return {'more', found, counts[1], counts[2]}
  end
  release()
  return {'ok'}
end

-- delay parked
if op == 'release' then
  if redis.call('HGET', run, 'status') ~= 'open' then return {'ok'} end
  redis.call('HDEL', run, 'leader', 'until')
  if ARGV[5] ~= '' then redis.call('HSET', run, 'parked', ARGV[5]) end
  if waiting() then
    after('', tonumber(ARGV[4]), true)
  else
    redis.call('ZREM', due, id .. '|')
  end
  return {'ok'}
end

-- node attempt delay parked
if op == 'defer' then
  local r = record_of(ARGV[4])
  if r and r.status == 'P' and r.attempt == tonumber(ARGV[5]) then
    after(ARGV[4], tonumber(ARGV[6]), true)
    redis.call('HSET', run, 'parked', ARGV[7])
  end
  return {'ok'}
end

-- node
if op == 'started' then
  local r = record_of(ARGV[4])
  if r and r.status == 'P' then
    r.status = 'F'
    put(ARGV[4], r)
    redis.call('ZREM', due, id .. '|' .. ARGV[4])
  end
  return {'ok'}
end

-- delay attempt nodes...
if op == 'sent' then
  for at = 6, #ARGV do
    local r = record_of(ARGV[at])
    if r and r.status == 'P' and r.deliveries == 0 and r.attempt == tonumber(ARGV[5]) then
      r.deliveries = 1
      put(ARGV[at], r)
      redis.call('ZADD', due, 'XX', now + tonumber(ARGV[4]), id .. '|' .. ARGV[at])
    end
  end
  return {'ok'}
end

-- ttl
if op == 'told' then
  redis.call('ZREM', due, id .. '|!')
  if ARGV[4] ~= '' and redis.call('EXISTS', run) == 1 then redis.call('HSET', run, 'ttl', ARGV[4]) end
  let_go_if_over()
  return {'ok'}
end

-- ttl
if op == 'expire' then
  if redis.call('EXISTS', run) == 0 then return {'ok', {}} end
  redis.call('HSET', run, 'ttl', ARGV[4])
  let_go_if_over()
  return {'ok', redis.call('SMEMBERS', flows)}
end

-- limit hold; of the whole shard
if op == 'due' then
  local found = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, tonumber(ARGV[4]))
  local held = now + tonumber(ARGV[5])
  for _, member in ipairs(found) do redis.call('ZADD', due, held, member) end
  local next = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
  return {'ok', found, held, next[2] and math.max(0, next[2] - now) or -1}
end

-- node held lease pauses restart-event
if op == 'look' then
  local node = ARGV[4]
  if tonumber(redis.call('ZSCORE', due, id .. '|' .. node) or 0) ~= tonumber(ARGV[5]) then return {'nothing'} end
  local header, status = unpack(redis.call('HMGET', run, 'header', 'status'))
  if not header then
    redis.call('ZREM', due, id .. '|' .. node)
    return {'nothing'}
  end
  if node == '!' then
    after('!', tonumber(ARGV[6]), false)
    return {'finish', header}
  end
  if node == '+' then
    redis.call('ZREM', due, id .. '|+')
    if status ~= 'open' then return {'nothing'} end
    redis.call('RPUSH', inbox, ARGV[8])
    node = ''
  end
  if node == '' then
    if status ~= 'open' or not waiting() then release() return {'nothing'} end
    if tonumber(redis.call('HGET', run, 'until') or 0) > now then return {'nothing'} end
    redis.call('HDEL', run, 'leader', 'until')
    after('', pause(redis.call('HINCRBY', run, 'asked', 1) - 1, ARGV[7]), false)
    return {'wake', header}
  end
  local r = record_of(node)
  if not r or r.status == 'F' then
    redis.call('ZREM', due, id .. '|' .. node)
    return {'nothing'}
  end
  local body = redis.call('HGET', bodies, node)
  if r.status == 'C' then
    after(node, math.floor(ARGV[6] / 3), false)  -- as often as its process says that it is alive
    return {'check', header, r.attempt, r.fence, r.lost, r.owner, body}
  end
  r.deliveries = r.deliveries + 1
  put(node, r)
  after(node, pause(r.deliveries - 1, ARGV[7]), false)
  return {redis.call('SISMEMBER', flows, node) == 1 and 'start' or 'publish', header, r.attempt, r.fence, r.lost, '', body}
end

-- node attempt
if op == 'claimed' then
  local r = record_of(ARGV[4])
  if not r or r.status ~= 'C' or r.attempt ~= tonumber(ARGV[5]) then return {'nothing'} end
  return {'check', redis.call('HGET', run, 'header'), r.attempt, r.fence, r.lost, r.owner, redis.call('HGET', bodies, ARGV[4])}
end

if op == 'view' then
  local r = redis.call('HMGET', run, 'header', 'rev', 'status', 'state', 'given', 'created', 'parked', 'ended', 'epoch')
  if not r[1] then return {'none'} end
  local count = redis.call('LLEN', inbox) + redis.call('LLEN', lazy)
  local all, known = redis.call('HGETALL', nodes), {}
  for at = 1, #all, 2 do
    local n = record_of(all[at])
    local status = redis.call('SISMEMBER', flows, all[at]) == 1 and 'F' or n.status
    known[#known + 1] = {all[at], status, n.attempt, n.awaited, n.epoch == r[9] and 1 or 0, n.owner, redis.call('HGET', bodies, all[at]) or ''}
  end
  return {'ok', r[1], r[2], r[3], r[4], r[5] or '', r[6], r[7] or '', r[8] or '', redis.call('LRANGE', archive, 0, -1), known, count}
end

if op == 'brief' then
  local r = redis.call('HMGET', run, 'header', 'rev', 'status', 'state', 'created', 'parked', 'ended', 'live')
  if not r[1] then return {'none'} end
  return {'ok', r[1], r[2], r[3], r[4], r[5], r[6] or '', r[7] or '', r[8]}
end

if op == 'archive' then return {'ok', redis.call('LRANGE', archive, 0, -1)} end

if op == 'ended' then return {'ok', redis.call('HGET', run, 'ended')} end

if op == 'open' then return {'ok', redis.call('ZRANGE', open, 0, -1, 'WITHSCORES')} end

return redis.error_reply('ERR there is no operation ' .. op)
