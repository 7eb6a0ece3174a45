namespace Shimd.Loop;

/// <summary>Brings every continuation of async/await back to the loop.</summary>
internal sealed class LoopContext(EventLoop loop) : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => loop.Continue(d, state);

    public override void Send(SendOrPostCallback d, object? state)
        => throw new NotSupportedException("the loop has one thread: nothing can wait for it from outside");

    public override SynchronizationContext CreateCopy() => this;
}
