package dev.relay.daemon.transport;

import dev.relay.daemon.config.OwnUser;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SelectStrategyFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.PeerCredentials;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;

/** The two ways to a Unix domain socket: epoll where its native library loads, the JDK's channels elsewhere. Both name the peer. */
enum Sockets {
    EPOLL {
        @Override
        IoHandlerFactory ioHandler(SelectStrategyFactory waiting) {
            return EpollIoHandler.newFactory(0, waiting);
        }

        @Override
        Class<? extends ServerChannel> serverChannel() {
            return EpollServerDomainSocketChannel.class;
        }

        @Override
        Class<? extends ServerChannel> tcpServerChannel() {
            return EpollServerSocketChannel.class;
        }

        @Override
        SocketAddress address(Path socket) {
            return new DomainSocketAddress(socket.toFile());
        }

        @Override
        Peer peer(Channel channel) throws IOException {
            PeerCredentials found = ((EpollDomainSocketChannel) channel).peerCredentials();
            return new Peer(found.uid(), found.pid());
        }
    },
    NIO {
        @Override
        IoHandlerFactory ioHandler(SelectStrategyFactory waiting) {
            return NioIoHandler.newFactory(SelectorProvider.provider(), waiting);
        }

        @Override
        Class<? extends ServerChannel> serverChannel() {
            return NioServerDomainSocketChannel.class;
        }

        @Override
        Class<? extends ServerChannel> tcpServerChannel() {
            return NioServerSocketChannel.class;
        }

        @Override
        SocketAddress address(Path socket) {
            return UnixDomainSocketAddress.of(socket);
        }

        /** The JDK names the user only; a user other than ours has no number here and is refused unless it is ours. */
        @Override
        Peer peer(Channel channel) throws IOException {
            ChannelOption<UnixDomainPrincipal> option = NioChannelOption.of(ExtendedSocketOptions.SO_PEERCRED);
            UnixDomainPrincipal found = channel.config().getOption(option);
            boolean isOurs = found != null && found.user().equals(Files.getOwner(Path.of("/proc/self")));
            return new Peer(isOurs ? OwnUser.uid() : -1, 0);
        }
    };

    static Sockets best() {
        return Epoll.isAvailable() ? EPOLL : NIO;
    }

    /** {@code waiting} makes the way in which a loop waits for work. */
    abstract IoHandlerFactory ioHandler(SelectStrategyFactory waiting);

    abstract Class<? extends ServerChannel> serverChannel();

    abstract Class<? extends ServerChannel> tcpServerChannel();

    abstract SocketAddress address(Path socket);

    abstract Peer peer(Channel channel) throws IOException;
}
