-- Writes a loaded value, but only over what its reader saw: whoever wrote in the meantime knew better.
-- KEYS[1]: the key. ARGV: what was seen, the value, its time to live in ms. Answers 1, or 0 if it wrote nothing.
-- ANCHOR: stage5_fill_script
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1
-- ANCHOR_END: stage5_fill_script
