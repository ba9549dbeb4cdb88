// SPDX-License-Identifier: MIT
/*
 * Threads that call WSK get out again, whatever completion routines post: what
 * is left over is the business of the processors' own threads.
 */
#include "support/wskclient.h"

typedef struct _PUMP
{
    WC_SOCK *Socket;
    volatile LONG Stop;
    volatile LONG Rounds;
    NTSTATUS Failure;
} PUMP;

static void Post(WC_OP *Op, PUMP *Pump)
{
    WSK_BUF Nothing = {NULL, 0, 0};

    /* Stored first: another thread may be at the next round when the call returns. */
    Op->Returned = STATUS_PENDING;
    (void)WcConnTable(Pump->Socket)->WskSend(Pump->Socket->Wsk, &Nothing, 0, Op->Irp);
}

/* Posts the next zero-length send, which completes at once, until told to stop. */
static void PumpOn(WC_OP *Op)
{
    PUMP *Pump = Op->Context;

    if (!NT_SUCCESS(Op->Status))
    {
        Pump->Failure = Op->Status;
    }
    InterlockedIncrement(&Pump->Rounds);
    if (!NT_SUCCESS(Op->Status) || InterlockedAdd(&Pump->Stop, 0) != 0)
    {
        WcSignal(Op);
        return;
    }
    WcReuse(Op);
    Post(Op, Pump);
}

/* Given a completion routine that posts the next request for ever, then the
 * thread that posted the first one returns from its call. */
TEST_BOTH(WSKP, a_caller_gets_out_of_an_endless_chain)
{
    WC_CLIENT *Client = WcOpen();
    WC_SOCK *Connected, *Accepted;
    PUMP Pumps[3];
    WC_OP *Ops[3];

    WcPair(Client, Family, &Connected, &Accepted);
    RtlZeroMemory(Pumps, sizeof(Pumps));
    for (ULONG i = 0; i < 3; i++) /* more than there are processors */
    {
        Pumps[i].Socket = i == 1 ? Accepted : Connected;
        Ops[i] = WcKeptOp(Client, "WskSend that goes on for ever");
        Ops[i]->Then = PumpOn;
        Ops[i]->Context = &Pumps[i];
        Post(Ops[i], &Pumps[i]);
    }
    /* Others get their share meanwhile. */
    WcSendData(Connected, "through", 7);
    for (ULONG i = 0; i < 3; i++)
    {
        InterlockedExchange(&Pumps[i].Stop, 1);
        CHECK_STATUS(WcWait(Ops[i]), STATUS_SUCCESS);
        CHECK_STATUS(Pumps[i].Failure, STATUS_SUCCESS);
        CHECK(Pumps[i].Rounds > 0);
    }
    WcClose(Client);
}
