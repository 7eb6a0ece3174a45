namespace Shimd.Protocol;

/// <summary>The params of a method.</summary>
internal interface IParams : IWireObject
{
    /// <summary>Checks what types cannot say: ranges, alphabets, members that exclude each other.</summary>
    /// <exception cref="ShimdException">INVALID_PARAMS with the path of the member.</exception>
    void Validate();
}

/// <inheritdoc/>
internal interface IParams<TSelf> : IParams, IWireObject<TSelf>
    where TSelf : class, IParams<TSelf>;

/// <summary>Binds params to their record.</summary>
internal static class Params
{
    /// <summary>The one way from JSON to params: all or nothing, before anything has been done. The result holds no reference to the text.</summary>
    /// <param name="json">An object, checked by <see cref="JsonText"/>.</param>
    /// <exception cref="ShimdException">INVALID_PARAMS with <c>data.path</c>.</exception>
    public static T Read<T>(ReadOnlyMemory<byte> json)
        where T : class, IParams<T>
    {
        var members = JsonMembers.Of(json);
        T value = WireReader.ReadStrict<T>(members);
        members.Recycle();
        value.Validate();
        return value;
    }
}
