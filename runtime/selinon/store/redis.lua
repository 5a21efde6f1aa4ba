-- All operations on one run, each atomic; ARGV[1] names it. Time is the server's, in milliseconds.
--
-- The keys of a run share a hash tag with the index of what is due, so that a cluster keeps them on one server:
--   run     hash: rev, state, given, header, status (open, done), ended, epoch (attempt of the flow), live (how many awaited
--           nodes of this attempt are live), leader, until, asked (how often a hint was sent), parked, created, ttl, dropped
--   inbox   list of events that something follows from         lazy   list of events that only count
--   nodes   hash: id -> status attempt retried lost deliveries epoch awaited, separated by blanks, then owner, token and
--           what the node is given, each from a line on; status is P (published), C (claimed) or F (the run of a
--           sub-flow is on record)
--   archive list of what finished: name, id, name, id, ...     flows  set of the ids of all sub-flows
--   open    sorted set: run -> when it began                   due    sorted set: "run|node" -> when it is due
--                                                              bell   channel: something is due earlier than one may think
-- Joined rows are lists whose keys are made up from names, which a set holds: they have the tag, too. So has a hash of
-- edges and how often each fired in this attempt.
--
-- Of an open run with events that can be processed, or with published or claimed nodes, something is always due.
--
-- A command costs more than the Lua around it, and a function something when it is only defined: what every task needs
-- stands first, and asks for each key once where it can.
local run, inbox, lazy, nodes, archive, flows, due, open = unpack(KEYS)
local op, id, bell = ARGV[1], ARGV[2], ARGV[3]
local call = redis.call
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function record_of(node)
  local text = call('HGET', nodes, node)
  if not text then return nil end
  -- A pattern that takes the rest would look at each of its characters.
  local status, attempt, retried, lost, deliveries, epoch, awaited, owner, token, rest =
    string.match(text, '^(%a) (%d+) (%d+) (%d+) (%d+) (%d+) (%d)\n([^\n]*)\n([^\n]*)\n()')
  return {
    status = status, attempt = tonumber(attempt), retried = tonumber(retried), lost = tonumber(lost),
    deliveries = tonumber(deliveries), epoch = epoch, awaited = awaited, owner = owner, token = token,
    body = string.sub(text, rest),
  }
end

local function put(node, r)
  local numbers = table.concat({r.status, r.attempt, r.retried, r.lost, r.deliveries, r.epoch, r.awaited}, ' ')
  call('HSET', nodes, node, table.concat({numbers, r.owner, r.token, r.body}, '\n'))
end

local function after(node, delay, ring)
  call('ZADD', due, now + delay, id .. '|' .. node)
  if ring then call('PUBLISH', bell, delay) end
end

local function quiet() return call('LLEN', inbox) + call('LLEN', lazy) == 0 end

-- node attempt process token guess lease
if op == 'claim' then
  local node, r = ARGV[4], record_of(ARGV[4])
  if not r or r.attempt ~= tonumber(ARGV[5]) then return {'drop'} end
  if r.status == 'P' then
    r.status, r.owner, r.token = 'C', ARGV[6], ARGV[7]
    put(node, r)
    after(node, tonumber(ARGV[9]), false)
  elseif r.status ~= 'C' or r.owner ~= ARGV[6] or r.token ~= ARGV[7] then
    return {'drop'}
  end
  local found = call('HMGET', run, 'given', 'header', 'rev', 'state', 'leader', 'status', 'epoch')
  -- An attempt is claimed once, so its number is that of the claim.
  local reply = {'run', r.attempt, r.retried, r.lost, r.body, found[1] or '', found[2]}
  if ARGV[8] == '1' and not found[5] and found[6] == 'open' and found[7] == r.epoch and quiet() then
    reply[8], reply[9] = found[3], found[4]
  end
  return reply
end

local fired = run .. ':fired'
local joined_names = run .. ':joined'
local function joined_key(name) return run .. ':j:' .. name end

local function leave(node)
  call('HDEL', nodes, node)
  call('ZREM', due, id .. '|' .. node)
end

-- Rows go once the run has ended, whoever waits for that knows, and no node is left.
local function let_go_if_over()
  local r = call('HMGET', run, 'ttl', 'status')
  if r[1] and r[2] == 'done' and call('HLEN', nodes) == 0 and not call('ZSCORE', due, id .. '|!') then
    for _, key in ipairs({run, inbox, lazy, nodes, archive, flows, fired}) do
      call('PEXPIRE', key, tonumber(r[1]))
    end
  end
end

local function drop_joined()
  for _, name in ipairs(call('SMEMBERS', joined_names)) do call('DEL', joined_key(name)) end
  call('DEL', joined_names)
end

-- Take off the tasks that nobody has claimed; return how many of them this attempt of the flow waited for.
local function drop_unclaimed(epoch)
  local all, awaited = call('HKEYS', nodes), 0
  for _, node in ipairs(all) do
    local r = record_of(node)
    if r.status == 'P' and call('SISMEMBER', flows, node) == 0 then
      leave(node)
      if r.epoch == epoch and r.awaited == '1' then awaited = awaited + 1 end
    end
  end
  return awaited
end

-- Write what a step came to: a table as `encoded` in redis_texts.py makes it. Its text is decoded before anything else
-- is written, as a script that ends with an error does not take back what it did. The table `r` holds what is on record
-- of the run: rev, epoch and live, and whether it was asked for or is parked.
local function write(w, unsent, r)
  local epoch, live = r.epoch, r.live
  if r.asked or r.parked then call('HDEL', run, 'asked', 'parked') end
  for at = 1, #w.fired, 2 do call('HINCRBY', fired, w.fired[at], w.fired[at + 1]) end
  for first = 1, #w.archived, 1000 do
    call('RPUSH', archive, unpack(w.archived, first, math.min(first + 999, #w.archived)))
  end
  for at = 1, #w.joined, 2 do
    local key = joined_key(w.joined[at])
    if call('RPUSH', key, w.joined[at + 1]) == 1 then call('SADD', joined_names, w.joined[at]) end
  end
  for _, name in ipairs(w.released) do call('DEL', joined_key(name)) end
  for _, n in ipairs(w.nodes) do  -- id, body, awaited, delay, flow
    local node, delay = n[1], tonumber(n[4])
    if call('HSETNX', nodes, node, table.concat({'P 1 0 0 0 ', epoch, ' ', n[3], '\n\n\n', n[2]})) == 1 then
      live = live + n[3]
      if n[5] == 1 then call('SADD', flows, node) end
      after(node, delay > 0 and delay or w.look or unsent, delay > 0)
    end
  end
  if w.drop then live = live - drop_unclaimed(epoch) end
  if w.restart then
    epoch, live = epoch + 1, 0
    drop_joined()
    call('DEL', fired, archive, inbox, lazy)
    if w.restart > 0 then after('+', w.restart, true) else call('RPUSH', inbox, w.event) end
  end
  local row = {'rev', r.rev + 1, 'epoch', epoch, 'live', live, 'state', w.state}
  local function set(field, value) row[#row + 1], row[#row + 2] = field, value end
  if w.given then set('given', w.given) end
  if w.ended then
    if w.drop then set('dropped', 1) end
    set('status', 'done')
    set('ended', w.ended)
    call('DEL', inbox, lazy)
    call('ZREM', due, id .. '|+')
    call('ZREM', open, id)
    drop_joined()
    after('!', unsent, false)  -- telling of the end is a message, too
  end
  call('HSET', run, unpack(row))
end

local function waiting()
  return call('LLEN', inbox) > 0 or (call('LLEN', lazy) > 0 and tonumber(call('HGET', run, 'live') or 0) <= 0)
end

local MOST = 1000  -- events in one step

local function events()
  local urgent = call('LRANGE', inbox, 0, MOST - 1)
  local idle = #urgent < MOST and call('LRANGE', lazy, 0, MOST - #urgent - 1) or {}
  local counts = {#urgent, #idle}
  for _, event in ipairs(idle) do urgent[#urgent + 1] = event end
  return urgent, counts
end

local function rows(first)
  local found = {}
  for at = first, #ARGV do found[#found + 1] = call('LRANGE', joined_key(ARGV[at]), 0, -1) end
  return found
end

local function begin(leader, lease, first)
  call('HSET', run, 'leader', leader, 'until', now + lease)
  after('', lease, false)
  local r = call('HMGET', run, 'rev', 'state', 'given', 'header')
  local found, counts = events()
  return {'lead', r[1], r[2], r[3] or '', r[4], found, counts[1], counts[2], rows(first)}
end

-- node fence event lazy leader lease guessed-rev guessed-write unsent names...
if op == 'complete' then
  local node, r = ARGV[4], record_of(ARGV[4])
  local fence = tonumber(ARGV[5])
  if not r then return {'stale'} end
  if r.status == 'C' and r.attempt ~= fence then return {'stale'} end
  if r.status ~= 'C' and (fence ~= 0 or r.attempt > 1) then return {'stale'} end  -- of a sub-flow, there is one attempt
  local guess = ARGV[11] ~= '' and cjson.decode(ARGV[11])
  leave(node)
  local found = call('HMGET', run, 'status', 'epoch', 'rev', 'live', 'leader', 'until', 'asked', 'parked', 'ttl')
  if found[9] then let_go_if_over() end
  if found[1] ~= 'open' or found[2] ~= r.epoch or r.awaited == '0' then return {'left'} end
  local live = found[4] - 1
  local free = not found[5] or tonumber(found[6]) < now
  if guess and ARGV[10] == found[3] and free and quiet() then
    write(guess, tonumber(ARGV[12]), {rev = found[3], epoch = found[2], live = live, asked = found[7], parked = found[8]})
    if guess.restart == 0 then after('', 0, true) end  -- the new attempt begins at once
    return {'committed'}
  end
  call('HSET', run, 'live', live)
  if ARGV[7] == '1' then
    call('RPUSH', lazy, ARGV[6])
    if live > 0 then return {'left'} end
  else
    call('RPUSH', inbox, ARGV[6])
  end
  if not free then return {'left'} end
  if ARGV[8] == '' then
    call('HSET', run, 'leader', '', 'until', now + tonumber(ARGV[9]))
    after('', tonumber(ARGV[9]), false)
    return {'taken'}
  end
  return begin(ARGV[8], tonumber(ARGV[9]), 13)
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

local function release()
  call('HDEL', run, 'leader', 'until')
  call('ZREM', due, id .. '|')
end

local function led_by_other(leader)
  local r = call('HMGET', run, 'leader', 'until')
  return r[1] and r[1] ~= '' and r[1] ~= leader and tonumber(r[2]) >= now
end

-- header state-write unsent events...
if op == 'start' then
  if call('EXISTS', run) == 1 then return {'exists'} end
  local first = cjson.decode(ARGV[5])
  call('HSET', run, 'header', ARGV[4], 'status', 'open', 'created', now)
  call('ZADD', open, now, id)
  write(first, tonumber(ARGV[6]), {rev = 0, epoch = 1, live = 0})
  for at = 7, #ARGV do call('RPUSH', inbox, ARGV[at]) end
  if #ARGV > 6 then after('', tonumber(ARGV[6]), false) end
  return {'ok'}
end

if op == 'header' then return {'ok', call('HGET', run, 'header')} end

-- node fence countdown counts lost unsent
if op == 'again' then
  local node, r = ARGV[4], record_of(ARGV[4])
  if not r or r.status ~= 'C' or r.attempt ~= tonumber(ARGV[5]) then return {'stale'} end
  if call('HEXISTS', run, 'dropped') == 1 then
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
  if call('HGET', run, 'status') ~= 'open' or not waiting() then release() return {'left'} end
  return begin(ARGV[4], tonumber(ARGV[5]), 6)
end

if op == 'joined' then return {'ok', rows(4)} end

-- leader lease rev urgent lazy write unsent
if op == 'commit' then
  local r = call('HMGET', run, 'rev', 'status', 'epoch', 'live', 'asked', 'parked')
  if r[1] ~= ARGV[6] or r[2] ~= 'open' then return {'conflict'} end
  local step = cjson.decode(ARGV[9])
  call('LTRIM', inbox, tonumber(ARGV[7]), -1)
  call('LTRIM', lazy, tonumber(ARGV[8]), -1)
  write(step, tonumber(ARGV[10]), {rev = r[1], epoch = r[3], live = tonumber(r[4]), asked = r[5], parked = r[6]})
  if waiting() then
    call('HSET', run, 'leader', ARGV[4], 'until', now + tonumber(ARGV[5]))
    after('', tonumber(ARGV[5]), false)
    local found, counts = events()
    return {'more', found, counts[1], counts[2]}
  end
  release()
  return {'ok'}
end

-- delay parked
if op == 'release' then
  if call('HGET', run, 'status') ~= 'open' then return {'ok'} end
  call('HDEL', run, 'leader', 'until')
  if ARGV[5] ~= '' then call('HSET', run, 'parked', ARGV[5]) end
  if waiting() then
    after('', tonumber(ARGV[4]), true)
  else
    call('ZREM', due, id .. '|')
  end
  return {'ok'}
end

-- node attempt delay parked
if op == 'defer' then
  local r = record_of(ARGV[4])
  if r and r.status == 'P' and r.attempt == tonumber(ARGV[5]) then
    after(ARGV[4], tonumber(ARGV[6]), true)
    call('HSET', run, 'parked', ARGV[7])
  end
  return {'ok'}
end

-- node
if op == 'started' then
  local r = record_of(ARGV[4])
  if r and r.status == 'P' then
    r.status = 'F'
    put(ARGV[4], r)
    call('ZREM', due, id .. '|' .. ARGV[4])
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
      call('ZADD', due, 'XX', now + tonumber(ARGV[4]), id .. '|' .. ARGV[at])
    end
  end
  return {'ok'}
end

-- ttl
if op == 'told' then
  call('ZREM', due, id .. '|!')
  if ARGV[4] ~= '' and call('EXISTS', run) == 1 then call('HSET', run, 'ttl', ARGV[4]) end
  let_go_if_over()
  return {'ok'}
end

-- ttl
if op == 'expire' then
  if call('EXISTS', run) == 0 then return {'ok', {}} end
  call('HSET', run, 'ttl', ARGV[4])
  let_go_if_over()
  return {'ok', call('SMEMBERS', flows)}
end

-- limit hold; of the whole shard
if op == 'due' then
  local found = call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, tonumber(ARGV[4]))
  local held = now + tonumber(ARGV[5])
  for _, member in ipairs(found) do call('ZADD', due, held, member) end
  local next = call('ZRANGE', due, 0, 0, 'WITHSCORES')
  return {'ok', found, held, next[2] and math.max(0, next[2] - now) or -1}
end

-- node held lease pauses restart-event
if op == 'look' then
  local node = ARGV[4]
  if tonumber(call('ZSCORE', due, id .. '|' .. node) or 0) ~= tonumber(ARGV[5]) then return {'nothing'} end
  local header, status = unpack(call('HMGET', run, 'header', 'status'))
  if not header then
    call('ZREM', due, id .. '|' .. node)
    return {'nothing'}
  end
  if node == '!' then
    after('!', tonumber(ARGV[6]), false)
    return {'finish', header}
  end
  if node == '+' then
    call('ZREM', due, id .. '|+')
    if status ~= 'open' then return {'nothing'} end
    call('RPUSH', inbox, ARGV[8])
    node = ''
  end
  if node == '' then
    if status ~= 'open' or not waiting() then release() return {'nothing'} end
    if tonumber(call('HGET', run, 'until') or 0) > now then return {'nothing'} end
    call('HDEL', run, 'leader', 'until')
    after('', pause(call('HINCRBY', run, 'asked', 1) - 1, ARGV[7]), false)
    return {'wake', header}
  end
  local r = record_of(node)
  if not r or r.status == 'F' then
    call('ZREM', due, id .. '|' .. node)
    return {'nothing'}
  end
  if r.status == 'C' then
    after(node, math.floor(ARGV[6] / 3), false)  -- as often as its process says that it is alive
    return {'check', header, r.attempt, r.attempt, r.lost, r.owner, r.body}
  end
  r.deliveries = r.deliveries + 1
  put(node, r)
  after(node, pause(r.deliveries - 1, ARGV[7]), false)
  return {call('SISMEMBER', flows, node) == 1 and 'start' or 'publish', header, r.attempt, 0, r.lost, '', r.body}
end

-- node attempt
if op == 'claimed' then
  local r = record_of(ARGV[4])
  if not r or r.status ~= 'C' or r.attempt ~= tonumber(ARGV[5]) then return {'nothing'} end
  return {'check', call('HGET', run, 'header'), r.attempt, r.attempt, r.lost, r.owner, r.body}
end

if op == 'view' then
  local r = call('HMGET', run, 'header', 'rev', 'status', 'state', 'given', 'created', 'parked', 'ended', 'epoch')
  if not r[1] then return {'none'} end
  local count = call('LLEN', inbox) + call('LLEN', lazy)
  local known = {}
  for at, node in ipairs(call('HKEYS', nodes)) do
    local n = record_of(node)
    local status = call('SISMEMBER', flows, node) == 1 and 'F' or n.status
    known[at] = {node, status, n.attempt, n.awaited, n.epoch == r[9] and 1 or 0, n.owner, n.body}
  end
  return {
    'ok', r[1], r[2], r[3], r[4], r[5] or '', r[6], r[7] or '', r[8] or '', call('HGETALL', fired),
    call('LRANGE', archive, 0, -1), known, count,
  }
end

if op == 'brief' then
  local r = call('HMGET', run, 'header', 'rev', 'status', 'state', 'created', 'parked', 'ended', 'live')
  if not r[1] then return {'none'} end
  return {'ok', r[1], r[2], r[3], r[4], r[5], r[6] or '', r[7] or '', r[8]}
end

if op == 'archive' then return {'ok', call('LRANGE', archive, 0, -1)} end

if op == 'ended' then return {'ok', call('HGET', run, 'ended')} end

if op == 'open' then return {'ok', call('ZRANGE', open, 0, -1, 'WITHSCORES')} end

return redis.error_reply('ERR there is no operation ' .. op)
