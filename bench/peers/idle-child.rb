# A child that is blocked in read(2): idle-child.rb LIMIT. The same program as idle-child.c.
limit = ARGV[0].to_i
reader, writer = IO.pipe
pid = fork do
  writer.close
  reader.read(1)
  exit!(0)
end
$stdout.sync = true
puts "child #{pid}"
sleep limit
