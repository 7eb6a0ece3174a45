using Shimd.Loop;
using Shimd.Tests.Fixtures;
using Xunit;

namespace Shimd.Tests.Unit.Loop;

public sealed class SignalSourceTests
{
    [Fact]
    public void New_SignalsNotBlocked_IsRefused() => OnLoop.Run(loop =>
    {
        // A source that sees some of the signals only would lose exits.
        Assert.Throws<InvalidOperationException>(() => new SignalSource(loop));
        return Task.CompletedTask;
    });
}
