// SPDX-License-Identifier: MIT
#pragma once
/*
 * The functions behind the provider's dispatch tables; each is documented where
 * it is defined. Callers: dispatch.c, which puts them into the tables.
 */
#include "wsk/wskp.h"

/* One line per slot: the type of the slot declares the function. */
#define WSKP_SLOT(Type, Function) extern __typeof__(*(Type)0) Function

WSKP_SLOT(PFN_WSK_SOCKET, WskpSocket);
WSKP_SLOT(PFN_WSK_SOCKET_CONNECT, WskpSocketConnect);
WSKP_SLOT(PFN_WSK_CONTROL_CLIENT, WskpControlClient);
WSKP_SLOT(PFN_WSK_GET_ADDRESS_INFO, WskpGetAddressInfo);
WSKP_SLOT(PFN_WSK_FREE_ADDRESS_INFO, WskpFreeAddressInfo);
WSKP_SLOT(PFN_WSK_GET_NAME_INFO, WskpGetNameInfo);

WSKP_SLOT(PFN_WSK_CONTROL_SOCKET, WskpControlSocket);
WSKP_SLOT(PFN_WSK_CLOSE_SOCKET, WskpCloseSocket);
WSKP_SLOT(PFN_WSK_BIND, WskpBind);
WSKP_SLOT(PFN_WSK_LISTEN, WskpListen);
WSKP_SLOT(PFN_WSK_ACCEPT, WskpAccept);
WSKP_SLOT(PFN_WSK_INSPECT_COMPLETE, WskpInspectComplete);
WSKP_SLOT(PFN_WSK_CONNECT, WskpConnect);
WSKP_SLOT(PFN_WSK_CONNECT_EX, WskpConnectEx);
WSKP_SLOT(PFN_WSK_GET_LOCAL_ADDRESS, WskpGetLocalAddress);
WSKP_SLOT(PFN_WSK_GET_REMOTE_ADDRESS, WskpGetRemoteAddress);
WSKP_SLOT(PFN_WSK_SEND, WskpSend);
WSKP_SLOT(PFN_WSK_SEND_EX, WskpSendEx);
WSKP_SLOT(PFN_WSK_RECEIVE, WskpReceive);
WSKP_SLOT(PFN_WSK_RECEIVE_EX, WskpReceiveEx);
WSKP_SLOT(PFN_WSK_DISCONNECT, WskpDisconnect);
WSKP_SLOT(PFN_WSK_RELEASE_DATA_INDICATION_LIST, WskpRelease);
WSKP_SLOT(PFN_WSK_SEND_TO, WskpSendTo);
WSKP_SLOT(PFN_WSK_SEND_MESSAGES, WskpSendMessages);
WSKP_SLOT(PFN_WSK_RECEIVE_FROM, WskpReceiveFrom);
WSKP_SLOT(PFN_WSK_RELEASE_DATAGRAM_INDICATION_LIST, WskpReleaseDatagrams);
