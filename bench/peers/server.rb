# A concurrent echo server, one child for each connection: Stevens, UNP Figures 4.13 and 5.12.
#
#   server.rb LIMIT
#
# Prints "listening PORT" once clients can connect. The same program as server.c and server.ts, as one writes it in
# Ruby, whose accept goes on after the handler by itself.
require 'socket'

LISTENQ = 1024
MAXLINE = 4096

def str_echo(socket)
  loop { socket.write(socket.readpartial(MAXLINE)) }
rescue EOFError
  nil
end

trap('CHLD') do
  loop { break unless Process.wait(-1, Process::WNOHANG) }
rescue Errno::ECHILD
  nil
end

# Ruby has no alarm(2).
limit = ARGV[0].to_i
Thread.new { sleep limit; Process.exit!(1) }

listener = Socket.new(:INET, :STREAM)
listener.bind(Addrinfo.tcp('127.0.0.1', 0))
listener.listen(LISTENQ)
$stdout.sync = true
puts "listening #{listener.local_address.ip_port}"

loop do
  connection, = listener.accept
  fork do
    listener.close
    str_echo(connection)
    connection.close
    exit!(0)
  end
  connection.close
end
