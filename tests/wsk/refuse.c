// SPDX-License-Identifier: MIT
/*
 * What is not built yet is refused: an error status, and the IRP completed with
 * it. A file that shrinks; each test leaves with the feature it names.
 */
#include "support/wskclient.h"

TEST_BOTH(REFUSE, address_lists)
{
    static const ULONG Codes[] = {SIO_ADDRESS_LIST_QUERY, SIO_ADDRESS_LIST_CHANGE, SIO_ADDRESS_LIST_SORT};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket = WcSocket(Client, Family, WSK_FLAG_BASIC_SOCKET, NULL, NULL);
    UCHAR List[256];
    SIZE_T Size = WC_POISON_SIZE;

    COVERS("BASIC-13");
    WcPoison(List, sizeof(List));
    for (ULONG i = 0; i < RTL_NUMBER_OF(Codes); i++)
    {
        CHECK(!NT_SUCCESS(WcWait(WcStartControl(Socket, WskIoctl, Codes[i], 0, 0, NULL, 0, NULL))));
        CHECK(!NT_SUCCESS(WcBasicTable(Socket)->WskControlSocket(Socket->Wsk, WskIoctl, Codes[i], 0, 0, NULL,
                                                                 sizeof(List), List, &Size, NULL)));
    }
    CHECK(WcIsPoison(List, sizeof(List)));
    WcClose(Client);
}

TEST_BOTH(REFUSE, conditional_accept)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Unbound = WcSocket(Client, Family, WSK_FLAG_LISTEN_SOCKET, NULL, NULL);
    WC_SOCK *Listener = WcListener(Client, Family, NULL, NULL);
    WSK_INSPECT_ID Id = {1, 2};
    WC_OP *Op = WcOp(Client, "WskInspectComplete");

    COVERS("LISTEN-68");
    CHECK(!NT_SUCCESS(WcSetOption(Unbound, SOL_SOCKET, SO_CONDITIONAL_ACCEPT, 1)));
    Op->Returned = WcListenTable(Listener)->WskInspectComplete(Listener->Wsk, &Id, WskInspectAccept, Op->Irp);
    CHECK(!NT_SUCCESS(WcWait(Op)));
    WcClose(Client);
}
