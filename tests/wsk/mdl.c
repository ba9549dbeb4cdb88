// SPDX-License-Identifier: MIT
/*
 * WSK_BUF over MDL chains: gather on send, scatter on receive, offsets and
 * lengths (rows IRP-58 to 72, AMB-14).
 */
#include "support/wskclient.h"

static PUCHAR Memory(SIZE_T Length)
{
    PUCHAR Data = ExAllocatePoolWithTag(NonPagedPoolNx, Length, WC_TAG);

    CHECK(Data != NULL);
    return Data;
}

/* 257 pieces of uneven sizes, 1 MiB together. */
static WC_BUF *MegabyteChain(WC_CLIENT *Client)
{
    enum { Pieces = 257 };
    static SIZE_T Sizes[Pieces];
    SIZE_T Left = 1 << 20;

    for (int i = 0; i < Pieces - 1; i++)
    {
        Sizes[i] = i % 5 == 0 ? 1 : 3000 + (SIZE_T)i * 7;
        Left -= Sizes[i];
    }
    Sizes[Pieces - 1] = Left;
    CHECK(Left > 0 && Left < 1 << 20);
    return WcChain(Client, Sizes, Pieces);
}

TEST_BOTH(IRP_71, a_megabyte_out_of_257_pieces)
{
    enum { Bytes = 1 << 20 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Chain = MegabyteChain(Client);
    PUCHAR Data = Memory(Bytes);
    WC_OP *Op;

    COVERS("IRP-65", "IRP-67", "IRP-70", "CONN-20", "CONN-22");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcFill(Data, Bytes, 0);
    WcPut(Chain, 0, Data, Bytes);
    RtlZeroMemory(Data, Bytes);
    Op = WcStartSend(Socket, Chain->Buf, 0);
    CHECK_EQ(peer_recv_all(Peer, Data, Bytes), Bytes);
    CHECK(WcIsFilled(Data, Bytes, 0));
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, Bytes);
    WcGet(Chain, 0, Data, Bytes);
    CHECK(WcIsFilled(Data, Bytes, 0)); /* only read */
    ExFreePoolWithTag(Data, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_71, a_megabyte_into_257_pieces)
{
    enum { Bytes = 1 << 20 };
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Chain = MegabyteChain(Client);
    PUCHAR Data = Memory(Bytes);
    WC_OP *Op;

    COVERS("IRP-65", "IRP-67", "IRP-70", "CONN-32", "IRP-33");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcFill(Data, Bytes, 0);
    Op = WcStartReceive(Socket, Chain->Buf, WSK_FLAG_WAITALL);
    CHECK_EQ(peer_send_all(Peer, Data, Bytes), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, Bytes);
    RtlZeroMemory(Data, Bytes);
    WcGet(Chain, 0, Data, Bytes);
    CHECK(WcIsFilled(Data, Bytes, 0));
    CHECK(WcGuardsIntact(Chain));
    ExFreePoolWithTag(Data, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_68, random_chains_offsets_and_lengths)
{
    enum { Rounds = 150, PiecesMax = 100, Largest = 60000 };
    static SIZE_T Sizes[PiecesMax];
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    PUCHAR Data = Memory(PiecesMax * 600 + Largest);
    ULONG Seed = 68;
    SIZE_T Offset = 0;

    COVERS("IRP-70", "IRP-71");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (int Round = 0; Round < Rounds; Round++)
    {
        ULONG Pieces = 1 + WcRandom(&Seed) % PiecesMax, Skip;
        WC_BUF *Chain;
        WSK_BUF Part;
        WC_OP *Op;
        ULONG Start = Seed;

        for (ULONG i = 0; i < Pieces; i++)
        {
            Sizes[i] = 1 + WcRandom(&Seed) % 600;
        }
        Chain = WcChain(Client, Sizes, Pieces);
        Skip = WcRandom(&Seed) % (ULONG)Sizes[0];
        Part = WcPart(Chain, Skip, 1 + WcRandom(&Seed) % (Chain->Length - Skip));
        WcFill(Data, Part.Length, Offset);
        if (Round & 1)
        {
            WcPut(Chain, Skip, Data, Part.Length);
            Op = WcStartSend(Socket, Part, 0);
            RtlZeroMemory(Data, Part.Length);
            CHECK_EQ(peer_recv_all(Peer, Data, Part.Length), (long)Part.Length);
            CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
        }
        else
        {
            CHECK_EQ(peer_send_all(Peer, Data, Part.Length), 0);
            Op = WcStartReceive(Socket, Part, WSK_FLAG_WAITALL);
            CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
            /* Before and behind the part nothing was stored. */
            WcGet(Chain, 0, Data, Chain->Length);
            CHECK(WcIsPoison(Data, Skip));
            CHECK(WcIsPoison(Data + Skip + Part.Length, Chain->Length - Skip - Part.Length));
            WcGet(Chain, Skip, Data, Part.Length);
        }
        CHECK_EQ(Op->Information, Part.Length);
        if (!WcIsFilled(Data, Part.Length, Offset))
        {
            print_message("round %d, SEED=%u\n", Round, (unsigned int)Start);
            CHECK(!"the data is what was sent");
        }
        Offset += Part.Length;
    }
    ExFreePoolWithTag(Data, WC_TAG);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(CONN_28, a_partial_receive_fills_the_front_of_the_chain)
{
    static const SIZE_T Sizes[] = {5, 5, 5, 5};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Chain = WcChain(Client, Sizes, 4);
    UCHAR All[20];
    WC_OP *Op;

    COVERS("IRP-71", "IRP-37");
    WcPeerPair(Client, Family, &Socket, &Peer);
    Op = WcStartReceive(Socket, WcPart(Chain, 3, 17), 0);
    CHECK_EQ(peer_send_all(Peer, "abcdefgh", 8), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 8);
    WcGet(Chain, 0, All, 20);
    CHECK(WcIsPoison(All, 3));
    CHECK_MEM(All + 3, "abcdefgh", 8);
    CHECK(WcIsPoison(All + 11, 9));
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_14, lengths_beyond_the_chain_are_refused)
{
    static const SIZE_T Sizes[] = {100, 100};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Chain = WcChain(Client, Sizes, 2);
    WSK_BUF Wrong[5] = {
        WcPart(Chain, 0, 201),
        WcPart(Chain, 1, 200),
        WcPart(Chain, 0, (SIZE_T)-1),
        WcPart(Chain, 200, 1),
        WcPart(Chain, 0xFFFFFFFF, 1),
    };
    WSK_BUF NoMdl = {NULL, 0, 1};

    COVERS("IRP-72", "IRP-69", "IRP-68");
    WcPeerPair(Client, Family, &Socket, &Peer);
    for (ULONG i = 0; i < RTL_NUMBER_OF(Wrong); i++)
    {
        CHECK_STATUS(WcWait(WcStartSend(Socket, Wrong[i], 0)), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcWait(WcStartReceive(Socket, Wrong[i], 0)), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcWait(WcStartReceive(Socket, Wrong[i], WSK_FLAG_WAITALL)), STATUS_INVALID_PARAMETER);
        CHECK_STATUS(WcDisconnect(Socket, &Wrong[i], 0), STATUS_INVALID_PARAMETER);
    }
    CHECK(!NT_SUCCESS(WcWait(WcStartSend(Socket, NoMdl, 0))));
    CHECK(!NT_SUCCESS(WcWait(WcStartReceive(Socket, NoMdl, 0))));
    CHECK(!NT_SUCCESS(WcDisconnect(Socket, &NoMdl, 0)));
    /* Nothing of this reached the peer, and the connection works. */
    WcSendData(Socket, "ok", 2);
    CHECK_STATUS(WcDisconnect(Socket, NULL, 0), STATUS_SUCCESS);
    {
        char Text[3];

        CHECK_EQ(peer_recv_all(Peer, Text, 3), 2);
        CHECK_MEM(Text, "ok", 2);
    }
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(AMB_14, an_offset_beyond_the_first_mdl_works)
{
    static const SIZE_T Sizes[] = {10, 10, 10};
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    WC_BUF *Chain = WcChain(Client, Sizes, 3);
    UCHAR All[30];
    char Text[13];
    WC_OP *Op;

    COVERS("IRP-68");
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcPut(Chain, 15, "thirteen_char", 13);
    Op = WcStartSend(Socket, WcPart(Chain, 15, 13), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(Op->Information, 13);
    CHECK_EQ(peer_recv_all(Peer, Text, 13), 13);
    CHECK_MEM(Text, "thirteen_char", 13);
    Op = WcStartReceive(Socket, WcPart(Chain, 10, 20), WSK_FLAG_WAITALL);
    CHECK_EQ(peer_send_all(Peer, "twenty_characters_20", 20), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    WcGet(Chain, 0, All, 30);
    CHECK(WcIsPoison(All, 10));
    CHECK_MEM(All + 10, "twenty_characters_20", 20);
    peer_close(Peer);
    WcClose(Client);
}

TEST_BOTH(IRP_62, locked_pages_and_partial_mdls)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Socket;
    struct peer *Peer;
    UCHAR OnStack[4096], Got[4096];
    PMDL Locked = IoAllocateMdl(OnStack, sizeof(OnStack), FALSE, FALSE, NULL);
    PMDL Partial = IoAllocateMdl(OnStack + 1000, 2000, FALSE, FALSE, NULL);
    WSK_BUF Whole, Part;
    WC_OP *Op;

    COVERS("IRP-58", "IRP-60", "IRP-63", "IRP-64", "IRP-66", "IRP-67");
    CHECK(Locked != NULL && Partial != NULL);
    MmProbeAndLockPages(Locked, KernelMode, IoModifyAccess);
    IoBuildPartialMdl(Locked, Partial, OnStack + 1000, 2000);
    Whole = (WSK_BUF){Locked, 0, sizeof(OnStack)};
    Part = (WSK_BUF){Partial, 500, 1500};
    WcPeerPair(Client, Family, &Socket, &Peer);
    WcFill(OnStack, sizeof(OnStack), 0);
    Op = WcStartSend(Socket, Whole, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(peer_recv_all(Peer, Got, sizeof(Got)), sizeof(Got));
    CHECK(WcIsFilled(Got, sizeof(Got), 0));
    Op = WcStartSend(Socket, Part, 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK_EQ(peer_recv_all(Peer, Got, 1500), 1500);
    CHECK(WcIsFilled(Got, 1500, 1500));
    WcPoison(OnStack, sizeof(OnStack));
    Op = WcStartReceive(Socket, Part, WSK_FLAG_WAITALL);
    CHECK_EQ(peer_send_all(Peer, Got, 1500), 0);
    CHECK_STATUS(WcWait(Op), STATUS_SUCCESS);
    CHECK(WcIsPoison(OnStack, 1500) && WcIsPoison(OnStack + 3000, 1096));
    CHECK(WcIsFilled(OnStack + 1500, 1500, 1500));
    IoFreeMdl(Partial);
    MmUnlockPages(Locked);
    IoFreeMdl(Locked);
    peer_close(Peer);
    WcClose(Client);
}
