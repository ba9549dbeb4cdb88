// SPDX-License-Identifier: MIT
/*
 * Windows x64 layouts of WSK (requirement rows STRUCT-01 to STRUCT-44; the list names
 * the rows) and of the Winsock types it uses.
 * Written by tests/abi/layout.sh --pin from tests/abi/layout.list, where each
 * row is compared with the headers of mingw-w64; not edited by hand.
 */
#include <wsk.h>
#include <netioapi.h>

_Static_assert(sizeof(IN_ADDR) == 0x4, "");
_Static_assert(offsetof(IN_ADDR, S_un.S_addr) == 0x0, "");
_Static_assert(offsetof(IN_ADDR, S_un.S_un_b) == 0x0, "");
_Static_assert(offsetof(IN_ADDR, S_un.S_un_w) == 0x0, "");

_Static_assert(sizeof(IN6_ADDR) == 0x10, "");
_Static_assert(offsetof(IN6_ADDR, u.Byte) == 0x0, "");
_Static_assert(offsetof(IN6_ADDR, u.Word) == 0x0, "");

_Static_assert(sizeof(SOCKADDR) == 0x10, "");
_Static_assert(offsetof(SOCKADDR, sa_family) == 0x0, "");
_Static_assert(offsetof(SOCKADDR, sa_data) == 0x2, "");

_Static_assert(sizeof(SOCKADDR_IN) == 0x10, "");
_Static_assert(offsetof(SOCKADDR_IN, sin_family) == 0x0, "");
_Static_assert(offsetof(SOCKADDR_IN, sin_port) == 0x2, "");
_Static_assert(offsetof(SOCKADDR_IN, sin_addr) == 0x4, "");
_Static_assert(offsetof(SOCKADDR_IN, sin_zero) == 0x8, "");

_Static_assert(sizeof(SOCKADDR_IN6) == 0x1C, "");
_Static_assert(offsetof(SOCKADDR_IN6, sin6_family) == 0x0, "");
_Static_assert(offsetof(SOCKADDR_IN6, sin6_port) == 0x2, "");
_Static_assert(offsetof(SOCKADDR_IN6, sin6_flowinfo) == 0x4, "");
_Static_assert(offsetof(SOCKADDR_IN6, sin6_addr) == 0x8, "");
_Static_assert(offsetof(SOCKADDR_IN6, sin6_scope_id) == 0x18, "");
_Static_assert(offsetof(SOCKADDR_IN6, sin6_scope_struct) == 0x18, "");

_Static_assert(sizeof(SOCKADDR_INET) == 0x1C, "");
_Static_assert(offsetof(SOCKADDR_INET, Ipv4) == 0x0, "");
_Static_assert(offsetof(SOCKADDR_INET, Ipv6) == 0x0, "");
_Static_assert(offsetof(SOCKADDR_INET, si_family) == 0x0, "");

_Static_assert(sizeof(SOCKADDR_STORAGE) == 0x80, "");
_Static_assert(offsetof(SOCKADDR_STORAGE, ss_family) == 0x0, "");
_Static_assert(offsetof(SOCKADDR_STORAGE, __ss_pad1) == 0x2, "");
_Static_assert(offsetof(SOCKADDR_STORAGE, __ss_align) == 0x8, "");
_Static_assert(offsetof(SOCKADDR_STORAGE, __ss_pad2) == 0x10, "");

_Static_assert(sizeof(SOCKET_ADDRESS) == 0x10, "");
_Static_assert(offsetof(SOCKET_ADDRESS, lpSockaddr) == 0x0, "");
_Static_assert(offsetof(SOCKET_ADDRESS, iSockaddrLength) == 0x8, "");

_Static_assert(sizeof(SOCKET_ADDRESS_LIST) == 0x18, "");
_Static_assert(offsetof(SOCKET_ADDRESS_LIST, iAddressCount) == 0x0, "");
_Static_assert(offsetof(SOCKET_ADDRESS_LIST, Address) == 0x8, "");

_Static_assert(sizeof(SOCKADDR_IN6_PAIR) == 0x10, "");
_Static_assert(offsetof(SOCKADDR_IN6_PAIR, SourceAddress) == 0x0, "");
_Static_assert(offsetof(SOCKADDR_IN6_PAIR, DestinationAddress) == 0x8, "");

_Static_assert(sizeof(CSADDR_INFO) == 0x28, "");
_Static_assert(offsetof(CSADDR_INFO, LocalAddr) == 0x0, "");
_Static_assert(offsetof(CSADDR_INFO, RemoteAddr) == 0x10, "");
_Static_assert(offsetof(CSADDR_INFO, iSocketType) == 0x20, "");
_Static_assert(offsetof(CSADDR_INFO, iProtocol) == 0x24, "");

_Static_assert(sizeof(SCOPE_ID) == 0x4, "");
_Static_assert(offsetof(SCOPE_ID, Value) == 0x0, "");

_Static_assert(sizeof(WSABUF) == 0x10, "");
_Static_assert(offsetof(WSABUF, len) == 0x0, "");
_Static_assert(offsetof(WSABUF, buf) == 0x8, "");

_Static_assert(sizeof(WSAMSG) == 0x38, "");
_Static_assert(offsetof(WSAMSG, name) == 0x0, "");
_Static_assert(offsetof(WSAMSG, namelen) == 0x8, "");
_Static_assert(offsetof(WSAMSG, lpBuffers) == 0x10, "");
_Static_assert(offsetof(WSAMSG, dwBufferCount) == 0x18, "");
_Static_assert(offsetof(WSAMSG, Control) == 0x20, "");
_Static_assert(offsetof(WSAMSG, dwFlags) == 0x30, "");

_Static_assert(sizeof(WSACMSGHDR) == 0x10, "");
_Static_assert(offsetof(WSACMSGHDR, cmsg_len) == 0x0, "");
_Static_assert(offsetof(WSACMSGHDR, cmsg_level) == 0x8, "");
_Static_assert(offsetof(WSACMSGHDR, cmsg_type) == 0xC, "");

_Static_assert(sizeof(ADDRINFOA) == 0x30, "");
_Static_assert(offsetof(ADDRINFOA, ai_flags) == 0x0, "");
_Static_assert(offsetof(ADDRINFOA, ai_family) == 0x4, "");
_Static_assert(offsetof(ADDRINFOA, ai_socktype) == 0x8, "");
_Static_assert(offsetof(ADDRINFOA, ai_protocol) == 0xC, "");
_Static_assert(offsetof(ADDRINFOA, ai_addrlen) == 0x10, "");
_Static_assert(offsetof(ADDRINFOA, ai_canonname) == 0x18, "");
_Static_assert(offsetof(ADDRINFOA, ai_addr) == 0x20, "");
_Static_assert(offsetof(ADDRINFOA, ai_next) == 0x28, "");

_Static_assert(sizeof(ADDRINFOW) == 0x30, "");
_Static_assert(offsetof(ADDRINFOW, ai_flags) == 0x0, "");
_Static_assert(offsetof(ADDRINFOW, ai_addrlen) == 0x10, "");
_Static_assert(offsetof(ADDRINFOW, ai_canonname) == 0x18, "");
_Static_assert(offsetof(ADDRINFOW, ai_addr) == 0x20, "");
_Static_assert(offsetof(ADDRINFOW, ai_next) == 0x28, "");

_Static_assert(sizeof(ADDRINFOEXA) == 0x48, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_flags) == 0x0, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_addrlen) == 0x10, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_canonname) == 0x18, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_addr) == 0x20, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_blob) == 0x28, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_bloblen) == 0x30, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_provider) == 0x38, "");
_Static_assert(offsetof(ADDRINFOEXA, ai_next) == 0x40, "");

_Static_assert(sizeof(ADDRINFOEXW) == 0x48, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_flags) == 0x0, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_family) == 0x4, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_socktype) == 0x8, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_protocol) == 0xC, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_addrlen) == 0x10, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_canonname) == 0x18, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_addr) == 0x20, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_blob) == 0x28, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_bloblen) == 0x30, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_provider) == 0x38, "");
_Static_assert(offsetof(ADDRINFOEXW, ai_next) == 0x40, "");

_Static_assert(sizeof(IN_PKTINFO) == 0x8, "");
_Static_assert(offsetof(IN_PKTINFO, ipi_addr) == 0x0, "");
_Static_assert(offsetof(IN_PKTINFO, ipi_ifindex) == 0x4, "");

_Static_assert(sizeof(IN6_PKTINFO) == 0x14, "");
_Static_assert(offsetof(IN6_PKTINFO, ipi6_addr) == 0x0, "");
_Static_assert(offsetof(IN6_PKTINFO, ipi6_ifindex) == 0x10, "");

_Static_assert(sizeof(IP_MREQ) == 0x8, "");
_Static_assert(offsetof(IP_MREQ, imr_multiaddr) == 0x0, "");
_Static_assert(offsetof(IP_MREQ, imr_interface) == 0x4, "");

_Static_assert(sizeof(IP_MREQ_SOURCE) == 0xC, "");
_Static_assert(offsetof(IP_MREQ_SOURCE, imr_multiaddr) == 0x0, "");
_Static_assert(offsetof(IP_MREQ_SOURCE, imr_sourceaddr) == 0x4, "");
_Static_assert(offsetof(IP_MREQ_SOURCE, imr_interface) == 0x8, "");

_Static_assert(sizeof(IPV6_MREQ) == 0x14, "");
_Static_assert(offsetof(IPV6_MREQ, ipv6mr_multiaddr) == 0x0, "");
_Static_assert(offsetof(IPV6_MREQ, ipv6mr_interface) == 0x10, "");

_Static_assert(sizeof(GROUP_REQ) == 0x88, "");
_Static_assert(offsetof(GROUP_REQ, gr_interface) == 0x0, "");
_Static_assert(offsetof(GROUP_REQ, gr_group) == 0x8, "");

_Static_assert(sizeof(GROUP_SOURCE_REQ) == 0x108, "");
_Static_assert(offsetof(GROUP_SOURCE_REQ, gsr_interface) == 0x0, "");
_Static_assert(offsetof(GROUP_SOURCE_REQ, gsr_group) == 0x8, "");
_Static_assert(offsetof(GROUP_SOURCE_REQ, gsr_source) == 0x88, "");

_Static_assert(sizeof(TCP_INITIAL_RTO_PARAMETERS) == 0x4, "");
_Static_assert(offsetof(TCP_INITIAL_RTO_PARAMETERS, Rtt) == 0x0, "");
_Static_assert(offsetof(TCP_INITIAL_RTO_PARAMETERS, MaxSynRetransmissions) == 0x2, "");

_Static_assert(sizeof(INET_PORT_RANGE) == 0x4, "");
_Static_assert(offsetof(INET_PORT_RANGE, StartPort) == 0x0, "");
_Static_assert(offsetof(INET_PORT_RANGE, NumberOfPorts) == 0x2, "");

_Static_assert(sizeof(TCP_INFO_v0) == 0x58, "");
_Static_assert(offsetof(TCP_INFO_v0, State) == 0x0, "");
_Static_assert(offsetof(TCP_INFO_v0, Mss) == 0x4, "");
_Static_assert(offsetof(TCP_INFO_v0, ConnectionTimeMs) == 0x8, "");
_Static_assert(offsetof(TCP_INFO_v0, TimestampsEnabled) == 0x10, "");
_Static_assert(offsetof(TCP_INFO_v0, RttUs) == 0x14, "");
_Static_assert(offsetof(TCP_INFO_v0, MinRttUs) == 0x18, "");
_Static_assert(offsetof(TCP_INFO_v0, BytesInFlight) == 0x1C, "");
_Static_assert(offsetof(TCP_INFO_v0, Cwnd) == 0x20, "");
_Static_assert(offsetof(TCP_INFO_v0, SndWnd) == 0x24, "");
_Static_assert(offsetof(TCP_INFO_v0, RcvWnd) == 0x28, "");
_Static_assert(offsetof(TCP_INFO_v0, RcvBuf) == 0x2C, "");
_Static_assert(offsetof(TCP_INFO_v0, BytesOut) == 0x30, "");
_Static_assert(offsetof(TCP_INFO_v0, BytesIn) == 0x38, "");
_Static_assert(offsetof(TCP_INFO_v0, BytesReordered) == 0x40, "");
_Static_assert(offsetof(TCP_INFO_v0, BytesRetrans) == 0x44, "");
_Static_assert(offsetof(TCP_INFO_v0, FastRetrans) == 0x48, "");
_Static_assert(offsetof(TCP_INFO_v0, DupAcksIn) == 0x4C, "");
_Static_assert(offsetof(TCP_INFO_v0, TimeoutEpisodes) == 0x50, "");
_Static_assert(offsetof(TCP_INFO_v0, SynRetrans) == 0x54, "");

_Static_assert(sizeof(NET_LUID) == 0x8, "");
_Static_assert(offsetof(NET_LUID, Value) == 0x0, "");
_Static_assert(offsetof(NET_LUID, Info) == 0x0, "");

_Static_assert(sizeof(IF_COUNTED_STRING) == 0x204, "");
_Static_assert(offsetof(IF_COUNTED_STRING, Length) == 0x0, "");
_Static_assert(offsetof(IF_COUNTED_STRING, String) == 0x2, "");

_Static_assert(sizeof(IF_PHYSICAL_ADDRESS) == 0x22, "");
_Static_assert(offsetof(IF_PHYSICAL_ADDRESS, Length) == 0x0, "");
_Static_assert(offsetof(IF_PHYSICAL_ADDRESS, Address) == 0x2, "");

_Static_assert(sizeof(IP_ADDRESS_PREFIX) == 0x20, "");
_Static_assert(offsetof(IP_ADDRESS_PREFIX, Prefix) == 0x0, "");
_Static_assert(offsetof(IP_ADDRESS_PREFIX, PrefixLength) == 0x1C, "");

_Static_assert(sizeof(MIB_UNICASTIPADDRESS_ROW) == 0x50, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, Address) == 0x0, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, InterfaceLuid) == 0x20, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, InterfaceIndex) == 0x28, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, PrefixOrigin) == 0x2C, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, SuffixOrigin) == 0x30, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, ValidLifetime) == 0x34, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, PreferredLifetime) == 0x38, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, OnLinkPrefixLength) == 0x3C, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, SkipAsSource) == 0x3D, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, DadState) == 0x40, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, ScopeId) == 0x44, "");
_Static_assert(offsetof(MIB_UNICASTIPADDRESS_ROW, CreationTimeStamp) == 0x48, "");

_Static_assert(sizeof(MIB_IPINTERFACE_ROW) == 0xA8, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, Family) == 0x0, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, InterfaceLuid) == 0x8, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, InterfaceIndex) == 0x10, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, MaxReassemblySize) == 0x14, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, InterfaceIdentifier) == 0x18, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, AdvertisingEnabled) == 0x28, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, RouterDiscoveryBehavior) == 0x34, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, ZoneIndices) == 0x50, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, SitePrefixLength) == 0x90, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, Metric) == 0x94, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, NlMtu) == 0x98, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, Connected) == 0x9C, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, ReachableTime) == 0xA0, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, TransmitOffload) == 0xA4, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, ReceiveOffload) == 0xA5, "");
_Static_assert(offsetof(MIB_IPINTERFACE_ROW, DisableDefaultRoutes) == 0xA6, "");

_Static_assert(sizeof(MIB_IPFORWARD_ROW2) == 0x68, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, InterfaceLuid) == 0x0, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, InterfaceIndex) == 0x8, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, DestinationPrefix) == 0xC, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, NextHop) == 0x2C, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, SitePrefixLength) == 0x48, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, ValidLifetime) == 0x4C, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, PreferredLifetime) == 0x50, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Metric) == 0x54, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Protocol) == 0x58, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Loopback) == 0x5C, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, AutoconfigureAddress) == 0x5D, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Publish) == 0x5E, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Immortal) == 0x5F, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Age) == 0x60, "");
_Static_assert(offsetof(MIB_IPFORWARD_ROW2, Origin) == 0x64, "");

/* STRUCT-01..05 */
_Static_assert(sizeof(WSK_CLIENT_NPI) == 0x10, "");
_Static_assert(offsetof(WSK_CLIENT_NPI, ClientContext) == 0x0, "");
_Static_assert(offsetof(WSK_CLIENT_NPI, Dispatch) == 0x8, "");

_Static_assert(sizeof(WSK_CLIENT_DISPATCH) == 0x10, "");
_Static_assert(offsetof(WSK_CLIENT_DISPATCH, Version) == 0x0, "");
_Static_assert(offsetof(WSK_CLIENT_DISPATCH, Reserved) == 0x2, "");
_Static_assert(offsetof(WSK_CLIENT_DISPATCH, WskClientEvent) == 0x8, "");

_Static_assert(sizeof(WSK_REGISTRATION) == 0x18, "");
_Static_assert(offsetof(WSK_REGISTRATION, ReservedRegistrationState) == 0x0, "");
_Static_assert(offsetof(WSK_REGISTRATION, ReservedRegistrationContext) == 0x8, "");
_Static_assert(offsetof(WSK_REGISTRATION, ReservedRegistrationLock) == 0x10, "");

_Static_assert(sizeof(WSK_PROVIDER_NPI) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_NPI, Client) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_NPI, Dispatch) == 0x8, "");

_Static_assert(sizeof(WSK_PROVIDER_CHARACTERISTICS) == 0x4, "");
_Static_assert(offsetof(WSK_PROVIDER_CHARACTERISTICS, HighestVersion) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_CHARACTERISTICS, LowestVersion) == 0x2, "");

/* STRUCT-06 */
_Static_assert(sizeof(WSK_PROVIDER_DISPATCH) == 0x38, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, Version) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, Reserved) == 0x2, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskSocket) == 0x8, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskSocketConnect) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskControlClient) == 0x18, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskGetAddressInfo) == 0x20, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskFreeAddressInfo) == 0x28, "");
_Static_assert(offsetof(WSK_PROVIDER_DISPATCH, WskGetNameInfo) == 0x30, "");

/* STRUCT-09..14 */
_Static_assert(sizeof(WSK_SOCKET) == 0x8, "");
_Static_assert(offsetof(WSK_SOCKET, Dispatch) == 0x0, "");

_Static_assert(sizeof(WSK_PROVIDER_BASIC_DISPATCH) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_BASIC_DISPATCH, WskControlSocket) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_BASIC_DISPATCH, WskCloseSocket) == 0x8, "");

_Static_assert(sizeof(WSK_PROVIDER_LISTEN_DISPATCH) == 0x30, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, Basic) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, WskControlSocket) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, WskCloseSocket) == 0x8, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, WskBind) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, WskAccept) == 0x18, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, WskInspectComplete) == 0x20, "");
_Static_assert(offsetof(WSK_PROVIDER_LISTEN_DISPATCH, WskGetLocalAddress) == 0x28, "");

_Static_assert(sizeof(WSK_PROVIDER_DATAGRAM_DISPATCH) == 0x40, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, Basic) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskControlSocket) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskCloseSocket) == 0x8, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskBind) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskSendTo) == 0x18, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskReceiveFrom) == 0x20, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskRelease) == 0x28, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskGetLocalAddress) == 0x30, "");
_Static_assert(offsetof(WSK_PROVIDER_DATAGRAM_DISPATCH, WskSendMessages) == 0x38, "");

_Static_assert(sizeof(WSK_PROVIDER_CONNECTION_DISPATCH) == 0x68, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, Basic) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskControlSocket) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskCloseSocket) == 0x8, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskBind) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskConnect) == 0x18, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskGetLocalAddress) == 0x20, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskGetRemoteAddress) == 0x28, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskSend) == 0x30, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskReceive) == 0x38, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskDisconnect) == 0x40, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskRelease) == 0x48, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskConnectEx) == 0x50, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskSendEx) == 0x58, "");
_Static_assert(offsetof(WSK_PROVIDER_CONNECTION_DISPATCH, WskReceiveEx) == 0x60, "");

_Static_assert(sizeof(WSK_PROVIDER_STREAM_DISPATCH) == 0x78, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, Basic) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskControlSocket) == 0x0, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskCloseSocket) == 0x8, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskBind) == 0x10, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskAccept) == 0x18, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskConnect) == 0x20, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskListen) == 0x28, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskSend) == 0x30, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskReceive) == 0x38, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskDisconnect) == 0x40, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskRelease) == 0x48, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskGetLocalAddress) == 0x50, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskGetRemoteAddress) == 0x58, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskConnectEx) == 0x60, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskSendEx) == 0x68, "");
_Static_assert(offsetof(WSK_PROVIDER_STREAM_DISPATCH, WskReceiveEx) == 0x70, "");

/* STRUCT-17..20 */
_Static_assert(sizeof(WSK_CLIENT_LISTEN_DISPATCH) == 0x18, "");
_Static_assert(offsetof(WSK_CLIENT_LISTEN_DISPATCH, WskAcceptEvent) == 0x0, "");
_Static_assert(offsetof(WSK_CLIENT_LISTEN_DISPATCH, WskInspectEvent) == 0x8, "");
_Static_assert(offsetof(WSK_CLIENT_LISTEN_DISPATCH, WskAbortEvent) == 0x10, "");

_Static_assert(sizeof(WSK_CLIENT_DATAGRAM_DISPATCH) == 0x8, "");
_Static_assert(offsetof(WSK_CLIENT_DATAGRAM_DISPATCH, WskReceiveFromEvent) == 0x0, "");

_Static_assert(sizeof(WSK_CLIENT_CONNECTION_DISPATCH) == 0x18, "");
_Static_assert(offsetof(WSK_CLIENT_CONNECTION_DISPATCH, WskReceiveEvent) == 0x0, "");
_Static_assert(offsetof(WSK_CLIENT_CONNECTION_DISPATCH, WskDisconnectEvent) == 0x8, "");
_Static_assert(offsetof(WSK_CLIENT_CONNECTION_DISPATCH, WskSendBacklogEvent) == 0x10, "");

_Static_assert(sizeof(WSK_CLIENT_STREAM_DISPATCH) == 0x10, "");
_Static_assert(offsetof(WSK_CLIENT_STREAM_DISPATCH, Listen) == 0x0, "");
_Static_assert(offsetof(WSK_CLIENT_STREAM_DISPATCH, Connect) == 0x8, "");

/* STRUCT-21..31 */
_Static_assert(sizeof(WSK_BUF) == 0x18, "");
_Static_assert(offsetof(WSK_BUF, Mdl) == 0x0, "");
_Static_assert(offsetof(WSK_BUF, Offset) == 0x8, "");
_Static_assert(offsetof(WSK_BUF, Length) == 0x10, "");

_Static_assert(sizeof(WSK_BUF_LIST) == 0x20, "");
_Static_assert(offsetof(WSK_BUF_LIST, Next) == 0x0, "");
_Static_assert(offsetof(WSK_BUF_LIST, Buffer) == 0x8, "");

_Static_assert(sizeof(WSK_DATA_INDICATION) == 0x20, "");
_Static_assert(offsetof(WSK_DATA_INDICATION, Next) == 0x0, "");
_Static_assert(offsetof(WSK_DATA_INDICATION, Buffer) == 0x8, "");

_Static_assert(sizeof(WSK_DATAGRAM_INDICATION) == 0x38, "");
_Static_assert(offsetof(WSK_DATAGRAM_INDICATION, Next) == 0x0, "");
_Static_assert(offsetof(WSK_DATAGRAM_INDICATION, Buffer) == 0x8, "");
_Static_assert(offsetof(WSK_DATAGRAM_INDICATION, ControlInfo) == 0x20, "");
_Static_assert(offsetof(WSK_DATAGRAM_INDICATION, ControlInfoLength) == 0x28, "");
_Static_assert(offsetof(WSK_DATAGRAM_INDICATION, RemoteAddress) == 0x30, "");

_Static_assert(sizeof(WSK_INSPECT_ID) == 0x10, "");
_Static_assert(offsetof(WSK_INSPECT_ID, Key) == 0x0, "");
_Static_assert(offsetof(WSK_INSPECT_ID, SerialNumber) == 0x8, "");

_Static_assert(sizeof(WSK_EVENT_CALLBACK_CONTROL) == 0x10, "");
_Static_assert(offsetof(WSK_EVENT_CALLBACK_CONTROL, NpiId) == 0x0, "");
_Static_assert(offsetof(WSK_EVENT_CALLBACK_CONTROL, EventMask) == 0x8, "");

_Static_assert(sizeof(WSK_EXTENSION_CONTROL_IN) == 0x18, "");
_Static_assert(offsetof(WSK_EXTENSION_CONTROL_IN, NpiId) == 0x0, "");
_Static_assert(offsetof(WSK_EXTENSION_CONTROL_IN, ClientContext) == 0x8, "");
_Static_assert(offsetof(WSK_EXTENSION_CONTROL_IN, ClientDispatch) == 0x10, "");

_Static_assert(sizeof(WSK_EXTENSION_CONTROL_OUT) == 0x10, "");
_Static_assert(offsetof(WSK_EXTENSION_CONTROL_OUT, ProviderContext) == 0x0, "");
_Static_assert(offsetof(WSK_EXTENSION_CONTROL_OUT, ProviderDispatch) == 0x8, "");

_Static_assert(sizeof(WSK_TRANSPORT) == 0x1C, "");
_Static_assert(offsetof(WSK_TRANSPORT, Version) == 0x0, "");
_Static_assert(offsetof(WSK_TRANSPORT, SocketType) == 0x2, "");
_Static_assert(offsetof(WSK_TRANSPORT, Protocol) == 0x4, "");
_Static_assert(offsetof(WSK_TRANSPORT, AddressFamily) == 0x8, "");
_Static_assert(offsetof(WSK_TRANSPORT, ProviderId) == 0xC, "");

_Static_assert(sizeof(WSK_TDI_MAP) == 0x10, "");
_Static_assert(offsetof(WSK_TDI_MAP, SocketType) == 0x0, "");
_Static_assert(offsetof(WSK_TDI_MAP, AddressFamily) == 0x2, "");
_Static_assert(offsetof(WSK_TDI_MAP, Protocol) == 0x4, "");
_Static_assert(offsetof(WSK_TDI_MAP, TdiDeviceName) == 0x8, "");

_Static_assert(sizeof(WSK_TDI_MAP_INFO) == 0x10, "");
_Static_assert(offsetof(WSK_TDI_MAP_INFO, ElementCount) == 0x0, "");
_Static_assert(offsetof(WSK_TDI_MAP_INFO, Map) == 0x8, "");

/* STRUCT-41..44 */
_Static_assert(sizeof(NPI_CLIENT_CHARACTERISTICS) == 0x48, "");
_Static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, Version) == 0x0, "");
_Static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, Length) == 0x2, "");
_Static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientAttachProvider) == 0x8, "");
_Static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientDetachProvider) == 0x10, "");
_Static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientCleanupBindingContext) == 0x18, "");
_Static_assert(offsetof(NPI_CLIENT_CHARACTERISTICS, ClientRegistrationInstance) == 0x20, "");

_Static_assert(sizeof(NPI_PROVIDER_CHARACTERISTICS) == 0x48, "");
_Static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, Version) == 0x0, "");
_Static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, Length) == 0x2, "");
_Static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderAttachClient) == 0x8, "");
_Static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderDetachClient) == 0x10, "");
_Static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderCleanupBindingContext) == 0x18, "");
_Static_assert(offsetof(NPI_PROVIDER_CHARACTERISTICS, ProviderRegistrationInstance) == 0x20, "");

_Static_assert(sizeof(NPI_REGISTRATION_INSTANCE) == 0x28, "");
_Static_assert(offsetof(NPI_REGISTRATION_INSTANCE, Version) == 0x0, "");
_Static_assert(offsetof(NPI_REGISTRATION_INSTANCE, Size) == 0x2, "");
_Static_assert(offsetof(NPI_REGISTRATION_INSTANCE, NpiId) == 0x8, "");
_Static_assert(offsetof(NPI_REGISTRATION_INSTANCE, ModuleId) == 0x10, "");
_Static_assert(offsetof(NPI_REGISTRATION_INSTANCE, Number) == 0x18, "");
_Static_assert(offsetof(NPI_REGISTRATION_INSTANCE, NpiSpecificCharacteristics) == 0x20, "");

_Static_assert(sizeof(NPI_MODULEID) == 0x18, "");
_Static_assert(offsetof(NPI_MODULEID, Length) == 0x0, "");
_Static_assert(offsetof(NPI_MODULEID, Type) == 0x4, "");
_Static_assert(offsetof(NPI_MODULEID, Guid) == 0x8, "");
_Static_assert(offsetof(NPI_MODULEID, IfLuid) == 0x8, "");

/* the headers on the wire */
_Static_assert(sizeof(IPV4_HEADER) == 0x14, "");
_Static_assert(offsetof(IPV4_HEADER, TotalLength) == 0x2, "");
_Static_assert(offsetof(IPV4_HEADER, Identification) == 0x4, "");
_Static_assert(offsetof(IPV4_HEADER, FlagsAndOffset) == 0x6, "");
_Static_assert(offsetof(IPV4_HEADER, TimeToLive) == 0x8, "");
_Static_assert(offsetof(IPV4_HEADER, Protocol) == 0x9, "");
_Static_assert(offsetof(IPV4_HEADER, HeaderChecksum) == 0xA, "");
_Static_assert(offsetof(IPV4_HEADER, SourceAddress) == 0xC, "");
_Static_assert(offsetof(IPV4_HEADER, DestinationAddress) == 0x10, "");

_Static_assert(sizeof(IPV6_HEADER) == 0x28, "");
_Static_assert(offsetof(IPV6_HEADER, PayloadLength) == 0x4, "");
_Static_assert(offsetof(IPV6_HEADER, NextHeader) == 0x6, "");
_Static_assert(offsetof(IPV6_HEADER, HopLimit) == 0x7, "");
_Static_assert(offsetof(IPV6_HEADER, SourceAddress) == 0x8, "");
_Static_assert(offsetof(IPV6_HEADER, DestinationAddress) == 0x18, "");
