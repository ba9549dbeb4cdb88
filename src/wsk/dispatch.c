// SPDX-License-Identifier: MIT
/*
 * The provider's dispatch tables: every slot of every category is a function
 * that completes its IRP. Requirements STRUCT-06, STRUCT-09..16.
 */
#include "wsk/dispatch.h"

const WSK_PROVIDER_DISPATCH WskpProviderDispatch = {
    .Version = WSKP_VERSION_HIGHEST,
    .WskSocket = WskpSocket,
    .WskSocketConnect = WskpSocketConnect,
    .WskControlClient = WskpControlClient,
    .WskGetAddressInfo = WskpGetAddressInfo,
    .WskFreeAddressInfo = WskpFreeAddressInfo,
    .WskGetNameInfo = WskpGetNameInfo,
};

#define BASIC {WskpControlSocket, WskpCloseSocket}

static const WSK_PROVIDER_BASIC_DISPATCH BasicDispatch = BASIC;

static const WSK_PROVIDER_LISTEN_DISPATCH ListenDispatch = {
    .Basic = BASIC,
    .WskBind = WskpBind,
    .WskAccept = WskpAccept,
    .WskInspectComplete = WskpInspectComplete,
    .WskGetLocalAddress = WskpGetLocalAddress,
};

static const WSK_PROVIDER_DATAGRAM_DISPATCH DatagramDispatch = {
    .Basic = BASIC,
    .WskBind = WskpBind,
    .WskSendTo = WskpSendTo,
    .WskReceiveFrom = WskpReceiveFrom,
    .WskRelease = WskpReleaseDatagrams,
    .WskGetLocalAddress = WskpGetLocalAddress,
    .WskSendMessages = WskpSendMessages,
};

static const WSK_PROVIDER_CONNECTION_DISPATCH ConnectionDispatch = {
    .Basic = BASIC,
    .WskBind = WskpBind,
    .WskConnect = WskpConnect,
    .WskGetLocalAddress = WskpGetLocalAddress,
    .WskGetRemoteAddress = WskpGetRemoteAddress,
    .WskSend = WskpSend,
    .WskReceive = WskpReceive,
    .WskDisconnect = WskpDisconnect,
    .WskRelease = WskpRelease,
    .WskConnectEx = WskpConnectEx,
    .WskSendEx = WskpSendEx,
    .WskReceiveEx = WskpReceiveEx,
};

static const WSK_PROVIDER_STREAM_DISPATCH StreamDispatch = {
    .Basic = BASIC,
    .WskBind = WskpBind,
    .WskAccept = WskpAccept,
    .WskConnect = WskpConnect,
    .WskListen = WskpListen,
    .WskSend = WskpSend,
    .WskReceive = WskpReceive,
    .WskDisconnect = WskpDisconnect,
    .WskRelease = WskpRelease,
    .WskGetLocalAddress = WskpGetLocalAddress,
    .WskGetRemoteAddress = WskpGetRemoteAddress,
    .WskConnectEx = WskpConnectEx,
    .WskSendEx = WskpSendEx,
    .WskReceiveEx = WskpReceiveEx,
};

const VOID *const WskpSocketDispatch[] = {
    [WskpCategoryBasic] = &BasicDispatch,
    [WskpCategoryListen] = &ListenDispatch,
    [WskpCategoryDatagram] = &DatagramDispatch,
    [WskpCategoryConnection] = &ConnectionDispatch,
    [WskpCategoryStream] = &StreamDispatch,
};
