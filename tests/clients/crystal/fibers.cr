# SPDX-License-Identifier: MIT
# Fibers, channels, strings and trees; what is kept must be whole.
class Node
  property left : Node?, right : Node?
end

def tree(depth)
  return nil if depth == 0
  node = Node.new
  node.left = tree(depth - 1)
  node.right = tree(depth - 1)
  node
end

def count(node : Node?)
  node ? 1 + count(node.left) + count(node.right) : 0
end

kept = {} of String => Array(Int32)
channel = Channel(Int32).new
20.times do |fiber|
  spawn do
    50.times do |i|
      kept["name #{fiber},#{i}"] = Array.new(1000) { |j| i * j }
      channel.send(count(tree(10)))
    end
  end
end
total = 0
1000.times { total += channel.receive }
20.times do |fiber|
  50.times do |i|
    raise "lost" unless kept["name #{fiber},#{i}"][999] == i * 999
  end
end
puts "crystal: #{total} ALL OK"
